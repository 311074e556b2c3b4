// Finds citations in a text and says which have no target. How to cite: docs/contract/README.md.
import { dirname, join } from 'node:path/posix'
import type { Page, Targets } from './citation-targets.ts'
import { blankMarks, isPartOfCitation, isProse, splitBlocks, TOKEN } from './citation-tokens.ts'

/** The page that a section or case belongs to when the text names none: that of the folder, or the page itself. */
export function findOwnPage(path: string): string | undefined {
  if (path.startsWith('docs/contract/')) return /[\w-]+\.md$/.exec(path)![0]
  if (path.startsWith('test/compat/build/')) return 'build.md'
  if (path.startsWith('test/compat/edge/')) return 'dev-and-edge.md'
  return path.startsWith('test/compat/') ? 'runtime.md' : undefined
}

/** A line for each citation without a target: where it stands, what was cited, what exists. */
export function checkCitations(path: string, text: string, targets: Targets): string[] {
  return splitBlocks(path, text).flatMap((block) =>
    new BlockCheck(path, targets).run(block.text).map(({ offset, problem }) => {
      const line = block.line + block.text.slice(0, offset).split('\n').length - 1
      return `${path}:${line}: ${problem}`
    }),
  )
}

const ALIASES: Record<string, string> = { DA: 'deploy-api.md', RT: 'runtime.md', DE: 'dev-and-edge.md' }
const LETTERS: Record<string, string> = {
  X: 'build.md',
  E: 'build.md',
  H: 'host.md',
  J: 'jobs.md',
  O: 'observe.md',
  C: 'cluster.md',
}
type Found = Record<string, string | undefined>

class BlockCheck {
  readonly #path: string
  readonly #targets: Targets
  readonly #own: string | undefined
  #page: string | undefined
  #problems: { offset: number; problem: string }[] = []

  constructor(path: string, targets: Targets) {
    this.#path = path
    this.#targets = targets
    this.#own = findOwnPage(path)
    this.#page = this.#own
  }

  run(text: string): { offset: number; problem: string }[] {
    const plain = blankMarks(text)
    let end = 0
    for (const match of plain.matchAll(TOKEN)) {
      const isChained = isPartOfCitation(plain.slice(end, match.index))
      if (!isChained && this.#own !== undefined && this.#own !== 'decisions.md') this.#page = this.#own
      end = match.index + match[0].length
      const cited = match[0].replace(/\s+/g, ' ')
      const problem = this.#check(cited, match.groups!, isChained || isProse(this.#path, text, match.index))
      if (problem !== undefined) this.#problems.push({ offset: match.index, problem })
    }
    return this.#problems
  }

  /** `isProse`: a comment, a title or a page. Elsewhere a letter with a number is the name of something else. */
  #check(cited: string, found: Found, isProse: boolean): string | undefined {
    if (found.old !== undefined)
      return `"${cited}": write D24 for a rule, and cite a page of docs/ for the design`
    if (found.anchor !== undefined) return this.#checkAnchor(found.anchor)
    if (found.link !== undefined) return this.#checkAnchor(join(dirname(this.#path), found.link), found.link)
    if (found.page !== undefined || found.alias !== undefined) {
      this.#page = found.page ?? ALIASES[found.alias!]!
      return
    }
    if (found.section !== undefined)
      return this.#checkSections(cited, [found.section, found.lastSection ?? found.section])
    if (found.cases !== undefined) return this.#checkCases(cited)
    if (found.rule !== undefined) return this.#checkRule(found.rule)
    if (found.letter !== undefined && isProse) return this.#checkLetter(found.letter)
    if (found.adr !== undefined) return this.#checkAdr(found.adr)
    return
  }

  #checkAnchor(target: string, cited = target): string | undefined {
    const [path, anchor] = target.split('#') as [string, string?]
    const anchors = this.#targets.findAnchors(path === '' || path.endsWith('/') ? this.#path : path)
    if (anchors === undefined) return path.endsWith('.md') ? `${cited}: there is no ${path}` : undefined
    if (anchor === undefined || anchors.has(anchor)) return
    return `${cited}: ${path} has the headings ${[...anchors].join(', ')}`
  }

  #checkSections(cited: string, sections: string[]): string | undefined {
    const page = this.#findPage()
    if (page === undefined) return this.#explainPage(cited)
    const missing = sections.find((section) => !page.sections.has(section))
    if (missing === undefined) return
    const chapter = missing.split('.')[0]!
    const near = [...page.sections].filter((section) => section.split('.')[0] === chapter)
    return `${this.#page} §${missing}: it has §${(near.length > 0 ? near : [...page.sections]).join(', §')}`
  }

  #checkCases(cited: string): string | undefined {
    for (const id of cited.match(/[XEHJOC]?\d+[a-z]?/g)!) {
      if (/^[A-Z]/.test(id)) {
        const problem = this.#checkLetter(id)
        if (problem !== undefined) return problem
        continue
      }
      const page = this.#findPage()
      if (page === undefined) return this.#explainPage(cited)
      if (!page.cases.has(id)) return `${this.#page} case ${id}: it has cases ${showRange(page.cases)}`
    }
    return
  }

  #checkRule(rule: string): string | undefined {
    return this.#targets.rules.has(rule)
      ? undefined
      : `${rule}: decisions.md has ${showRange(this.#targets.rules)}`
  }

  #checkLetter(id: string): string | undefined {
    const name = LETTERS[id[0]!]!
    const rows = [...(this.#targets.pages.get(name)?.letters ?? [])].filter((row) => row[0] === id[0])
    return rows.includes(id) ? undefined : `${id}: ${name} has ${showRange(rows)}`
  }

  #checkAdr(number: string): string | undefined {
    const files = this.#targets.adrs.get(number)
    if (files?.length === 1) return
    if (files !== undefined) return `ADR ${number}: there are ${files.join(' and ')}`
    return `ADR ${number}: docs/adr has ${showRange(this.#targets.adrs.keys())}`
  }

  /** None when the text names no page, or one that is not there, or decisions.md, which has rules instead of sections. */
  #findPage(): Page | undefined {
    return this.#page === undefined || this.#page === 'decisions.md'
      ? undefined
      : this.#targets.pages.get(this.#page)
  }

  #explainPage(cited: string): string {
    if (this.#page === undefined || this.#targets.pages.has(this.#page))
      return `${cited}: of which page? Name it: runtime.md ${cited}`
    return `${this.#page} ${cited}: docs/contract has ${[...this.#targets.pages.keys()].join(', ')}`
  }
}

function showRange(ids: Iterable<string>): string {
  const all = [...ids]
  return all.length === 0 ? 'none' : `${all[0]} to ${all.at(-1)}`
}
