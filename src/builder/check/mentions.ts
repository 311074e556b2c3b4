import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import glob from 'fast-glob'
import { placeOf } from '../config/index.ts'
import type { Project } from '../project/index.ts'
import type { SourceReader } from './sources.ts'
import { type SyntaxNode, walk } from './walk.ts'

export interface Mention {
  /** Absolute. */
  file: string
  line: number
  /** What the pattern matched, with its groups. */
  match: RegExpExecArray
}

/** Text files that a site is made of; other files are not looked at. */
const FILES =
  '**/{_redirects,*.{html,htm,js,mjs,cjs,jsx,ts,mts,cts,tsx,vue,svelte,astro,json,toml,css,webmanifest}}'
/** What the site is not made of: packages, outputs of tools, tests. */
const NOT_FILES = [
  '**/node_modules/**',
  '**/.git/**',
  '**/.netlify/**',
  '**/package-lock.json',
  '**/*.{test,spec}.*',
  '**/__tests__/**',
]
/** Longer files are data or somebody else's program. */
const MOST_BYTES = 1024 * 1024

/**
 * Where the project's own sources and static files say something, comments left out.
 * @param pattern global.
 */
export async function findMentions(
  pattern: RegExp,
  project: Project,
  sources: SourceReader,
): Promise<Mention[]> {
  const mentions: Mention[] = []
  for (const file of await listTextFiles(project)) {
    const text = await readFile(file, 'utf8')
    if (text.search(pattern) === -1) continue
    const source = await sources.read(file)
    const pieces =
      source === undefined ? [{ text: blankComments(text, file), line: 1 }] : listTexts(source.program)
    for (const piece of pieces)
      for (const match of piece.text.matchAll(pattern))
        mentions.push({ file, line: piece.line + countLines(piece.text.slice(0, match.index)), match })
  }
  return mentions
}

async function listTextFiles({ buildDir, publishDir, configFile }: Project): Promise<string[]> {
  const dirs = publishDir === undefined ? [buildDir] : [buildDir, publishDir]
  const found = await Promise.all(
    dirs.map((cwd) =>
      glob(FILES, {
        cwd,
        ignore: NOT_FILES,
        absolute: true,
        dot: true,
        followSymbolicLinks: false,
        suppressErrors: true,
      }),
    ),
  )
  const files = [...new Set([...found.flat(), ...(configFile === undefined ? [] : [configFile])])].sort()
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(file).catch(() => undefined))?.size ?? Infinity),
  )
  return files.filter((_, index) => sizes[index]! <= MOST_BYTES)
}

/** The texts of a program: strings, templates piece by piece, JSX. */
function listTexts(program: Parameters<typeof walk>[0]): { text: string; line: number }[] {
  const texts: { text: string; line: number }[] = []
  walk(program, (node) => {
    const text = readText(node)
    if (text !== undefined) texts.push({ text, line: placeOf(node).line })
  })
  return texts.toSorted((a, b) => a.line - b.line)
}

function readText(node: SyntaxNode): string | undefined {
  const { value } = node as SyntaxNode & { value?: unknown }
  if (node.type === 'StringLiteral' || node.type === 'JSXText') return String(value)
  return node.type === 'TemplateElement' ? (value as { raw: string }).raw : undefined
}

/** Comments as blanks, so that lines stay where they are. */
function blankComments(text: string, file: string): string {
  const comments = COMMENTS[extname(file)] ?? (file.endsWith('_redirects') ? COMMENTS['.toml'] : undefined)
  return comments === undefined ? text : text.replace(comments, (comment) => comment.replace(/[^\n]/g, ' '))
}

const COMMENTS: Record<string, RegExp> = {
  '.html': /<!--[\s\S]*?-->/g,
  '.htm': /<!--[\s\S]*?-->/g,
  '.vue': /<!--[\s\S]*?-->/g,
  '.svelte': /<!--[\s\S]*?-->/g,
  '.css': /\/\*[\s\S]*?\*\//g,
  '.toml': /^\s*#.*$/gm,
}

function countLines(text: string): number {
  return text.split('\n').length - 1
}
