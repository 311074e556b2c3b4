import { parseAllHeaders } from '@netlify/headers-parser'
import { type Parsed, readFailure } from './parsed.ts'
import { withTemporaryFile } from './temporary-file.ts'

/** As for `_redirects`: every block gets its line as one more header, which is taken out again (D100). */
const MARK = '\0line'

interface MarkedLine {
  text: string
  /** Of the file as its author wrote it. */
  number: number
}

/** The blocks of a `_headers` file in their order, and the lines that cannot be read. @param file how messages name it. */
export async function parseHeadersFile(text: string, file: string): Promise<Parsed[]> {
  const lines = text.split('\n').map((line, index): MarkedLine => ({ text: line, number: index + 1 }))
  const marked = lines.flatMap((line) =>
    isPath(line.text) ? [line, { text: `${MARK}: ${line.number}`, number: line.number }] : [line],
  )
  const { headers, errors } = await withTemporaryFile(marked.map((line) => line.text).join('\n'), (path) =>
    parseAllHeaders({ headersFiles: [path], configHeaders: [], minimal: true }),
  )
  const read = headers.map((rule): Parsed => {
    const { [MARK]: line, ...values } = rule.values
    return { record: { for: rule.for, values }, source: { file, line: Number(line) } }
  })
  const failed = errors.map((error): Parsed => {
    const line = findLine(error, marked)
    return { failure: readFailure(error), source: { file, ...(line !== undefined && { line }) } }
  })
  return [...read, ...failed].sort((a, b) => (a.source.line ?? 0) - (b.source.line ?? 0))
}

function isPath(line: string): boolean {
  return line.trim().startsWith('/')
}

/** A line is named by its number, a wrong block quoted with its mark; of a header before every path only the name is said. */
function findLine(error: Error, marked: readonly MarkedLine[]): number | undefined {
  const [head = '', quoted = ''] = error.message.split('\n')
  const line = /^Could not parse header line (\d+)/.exec(head)?.[1]
  if (line !== undefined) return marked[Number(line) - 1]?.number
  const name = /^Path should come before header "(.*)"$/.exec(head)?.[1]
  if (name !== undefined) return marked.find(({ text }) => text.trim().startsWith(name))?.number
  const { values } = JSON.parse(quoted) as { values: Record<string, string> }
  return Number(values[MARK])
}
