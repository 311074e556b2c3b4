// What can be cited: pages of docs/contract with their sections and cases, rules (D), ADRs, and headings of any page.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** A page of docs/contract. `cases` holds numbers as text (`138`, `22b`), `letters` rows such as `X13` or `H12`. */
export interface Page {
  sections: ReadonlySet<string>
  cases: ReadonlySet<string>
  letters: ReadonlySet<string>
}

export interface Targets {
  /** File name → page; `decisions.md` has rules instead of sections. */
  pages: ReadonlyMap<string, Page>
  /** `D1` … */
  rules: ReadonlySet<string>
  /** Number → files that have it: there has to be one. */
  adrs: ReadonlyMap<string, string[]>
  /** Anchors of a Markdown file by its path from the root; undefined when there is no such file. */
  findAnchors(path: string): ReadonlySet<string> | undefined
}

export function readTargets(root: string): Targets {
  const folder = resolve(root, 'docs/contract')
  const pages = new Map<string, Page>()
  for (const name of readdirSync(folder)) {
    if (name === 'README.md' || !name.endsWith('.md')) continue
    pages.set(name, readPage(readFileSync(resolve(folder, name), 'utf8')))
  }
  const rules = readFileSync(resolve(folder, 'decisions.md'), 'utf8').matchAll(/^### (D\d+[a-z]?)$/gm)
  const anchors = new Map<string, ReadonlySet<string> | undefined>()
  return {
    pages,
    rules: new Set([...rules].map((match) => match[1]!)),
    adrs: Map.groupBy(readdirSync(resolve(root, 'docs/adr')), (name) => name.slice(0, 4)),
    findAnchors: (path) => {
      if (!anchors.has(path)) anchors.set(path, readAnchors(resolve(root, path)))
      return anchors.get(path)
    },
  }
}

function readPage(text: string): Page {
  const sections = new Set<string>()
  const cases = new Set<string>()
  const letters = new Set<string>()
  let isCaseTable = false
  for (const line of text.split('\n')) {
    const heading = /^#{2,} (?:(\d+(?:\.\d+)*)\.? )?(.*)$/.exec(line)
    if (heading?.[1] !== undefined) sections.add(heading[1])
    if (heading !== null) isCaseTable = /\bcases?\b/i.test(heading[2]!)
    const row = /^\| ([A-Z]?\d+[a-z]?) \|/.exec(line)?.[1]
    if (row === undefined) continue
    if (/^[A-Z]/.test(row)) letters.add(row)
    else if (isCaseTable) cases.add(row)
  }
  return { sections, cases, letters }
}

/** GitHub's names of headings: lower case, spaces to hyphens, other signs left out. */
function readAnchors(path: string): ReadonlySet<string> | undefined {
  if (!existsSync(path)) return undefined
  const headings = readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm)
  return new Set([...headings].map(([, text]) => toAnchor(text!)))
}

function toAnchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}
