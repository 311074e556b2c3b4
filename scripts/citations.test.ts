import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readTargets } from './citation-targets.ts'
import { checkCitations } from './citations.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const targets = readTargets(root)

const PLACES = ['*.md', '{src,test,scripts,bench,bin,examples}/**/*.{ts,mts,js,mjs,go,sh,md}', 'docs/**/*.md']
/** What is not ours (packages, what builds wrote), and this file, whose samples have no targets. */
const LEFT_OUT = /(^|\/)(node_modules|dist|\.netlify|\.next|build)\/(?!.*src)|^scripts\/citations\.test\.ts$/

describe('citations', () => {
  it('every citation has a target (docs/contract/README.md says how to cite)', () => {
    const paths = globSync(PLACES, {
      cwd: root,
      exclude: (path) => /^(node_modules|dist|\.netlify)$/.test(path),
    })
    expect(paths.length).toBeGreaterThan(600)
    const problems = paths
      .filter((path) => !LEFT_OUT.test(path))
      .flatMap((path) => checkCitations(path, readFileSync(resolve(root, path), 'utf8'), targets))
    expect(problems).toEqual([])
  })

  it('reads the pages: rules, sections, cases, rows with letters', () => {
    expect([...targets.rules].length).toBeGreaterThan(138)
    for (const [name, page] of targets.pages) {
      if (name === 'decisions.md') continue
      expect(page.sections.size, name).toBeGreaterThan(10)
      expect(page.cases.size + page.letters.size, name).toBeGreaterThan(70)
    }
  })

  it('numbers of ADRs are given once', () => {
    expect([...targets.adrs.values()].filter((files) => files.length > 1)).toEqual([])
  })
})

describe('checkCitations', () => {
  it.each([
    ['src/a.ts', '// (D24, D15a; runtime.md §16.1, §2.2, cases 138, 139)'],
    ['src/a.ts', '/**\n * Read as build.md §11.2 says, also\n * through links (case X12).\n */'],
    ['src/a.ts', '// RFC 9110 §5.3, ADR 0008, docs/architecture.md#processes'],
    ['src/a.ts', "const agents = ['Mozilla (X11; Linux)', X64, '/%C3%A9']"],
    ['test/compat/build/a.test.ts', "it('cases 82–90, X13, D17: as §11 says')"],
    ['test/compat/go/a.test.ts', "it('case 167; build.md case 130, §16')"],
    ['docs/a.md', 'A rule (D24) of `host.md` §3.6 and H12. [Words](architecture.md#words)'],
    ['docs/contract/jobs.md', '§17.3 is ours, `runtime.md` §16.3 is theirs, and §20 ours again.'],
  ])('finds the targets in %s: %s', (path, text) => {
    expect(checkCitations(path, text, targets)).toEqual([])
  })

  it.each([
    ['src/a.ts', 'one\n// decision 24', 'src/a.ts:2: "decision 24": write D24'],
    ['src/a.ts', '/**\n * By decision\n * 24.\n */', 'src/a.ts:2: "decision 24"'],
    ['src/a.ts', '// design, section 3', '"design, section 3"'],
    ['src/a.ts', '// (D999)', 'src/a.ts:1: D999: decisions.md has D1 to D138'],
    [
      'src/a.ts',
      '/**\n * As in runtime.md\n * §16.9.\n */',
      'src/a.ts:3: runtime.md §16.9: it has §16, §16.1',
    ],
    ['src/a.ts', '// build.md §1–§99', 'build.md §99'],
    ['src/a.ts', '// runtim.md §5.1', 'runtim.md §5.1: docs/contract has build.md, cluster.md'],
    ['src/a.ts', '// as in §5.1', '§5.1: of which page?'],
    ['src/a.ts', "it('case 3: nobody says of what')", 'case 3: of which page?'],
    ['src/a.ts', "it('runtime.md case 999')", 'runtime.md case 999: it has cases 1 to 167'],
    ['src/a.ts', '// runtime.md cases 1,\n// 999', 'runtime.md case 999'],
    ['src/a.ts', '// H999 does not exist', 'H999: host.md has H1 to H127'],
    ['src/a.ts', '// ADR 0999', 'ADR 0999: docs/adr has 0001 to'],
    ['src/a.ts', '// docs/architecture.md#nowhere', 'docs/architecture.md has the headings'],
    ['src/a.ts', '// docs/no-such-page.md', 'there is no docs/no-such-page.md'],
    ['test/compat/build/a.test.ts', "it('case 131: only runtime.md has it')", 'build.md case 131'],
    ['docs/a.md', '[Words](architecture.md#nowhere)', 'architecture.md#nowhere: docs/architecture.md has'],
    ['docs/contract/jobs.md', '`runtime.md` §16.3 is theirs, and §16.4 ours.', 'jobs.md §16.4'],
    ['docs/contract/decisions.md', 'Nothing says whose §3 this is.', '§3: of which page?'],
  ])('finds none in %s: %s', (path, text, problem) => {
    expect(checkCitations(path, text, targets).join('\n')).toContain(problem)
  })
})
