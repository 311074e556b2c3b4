// `node scripts/markdown.ts`: writes every Markdown page in one form, lines of at most 110 characters. With --check it
// writes nothing and fails on a page that has another form. A table keeps one space around its cells, since padding its
// columns to one width makes long cells unreadable.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createFromBuffer } from '@dprint/formatter'
import { getPath } from '@dprint/markdown'

const PLACES = ['*.md', 'docs/**/*.md', 'bench/*.md', 'examples/*/README.md']

const formatter = createFromBuffer(readFileSync(getPath()))
formatter.setConfig(
  { lineWidth: 110, newLineKind: 'lf' },
  {
    textWrap: 'always',
    wrapCodeSpans: false, // a command or path on one line can be searched for
    emphasisKind: 'asterisks',
    'table.cellPadding': 'space',
    'codeBlock.skipFormat': true,
    'html.skipFormat': true,
  },
)

/** The page in its one form. */
export function formatMarkdown(text: string): string {
  return formatter.formatText({ filePath: 'page.md', fileText: text })
}

/** Paths of all pages, relative to the repository. */
export function listPages(root: string): string[] {
  return globSync(PLACES, { cwd: root }).sort()
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const isCheck = process.argv.includes('--check')
  for (const path of listPages(root)) {
    const text = readFileSync(root + path, 'utf8')
    const formatted = formatMarkdown(text)
    if (formatted === text) continue
    console.log(isCheck ? `${path}: not formatted (npm run format)` : path)
    if (isCheck) process.exitCode = 1
    else writeFileSync(root + path, formatted)
  }
}
