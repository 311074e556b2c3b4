import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
/** The end of an arrow, anywhere in a line of a comment: `open ── send ──> ended`. */
const ARROW = /^ \* .*─>/m
/** A line that `readDrawnArrows` reads: states with arrows from the left to the right between them, and nothing else. */
const LINE = /^ \* {3}\w+(?: \| \w+)*(?: ─+ [^─│├└┘^⇄]+ ─+> \w+(?: \| \w+)*)+$/
const COMMENT = /\/\*\*[\s\S]*?\*\//g
/** A path of a test or its folder: from the root, or beside the source. */
const TEST = /(?:test\/[\w/-]+(?:\.test)?(?:\.ts)?|[\w-]+\.test\.ts)/g

const drawings = globSync('src/**/*.ts', { cwd: root }).flatMap((path) =>
  (readFileSync(resolve(root, path), 'utf8').match(COMMENT) ?? [])
    .filter((comment) => ARROW.test(comment))
    .map((comment) => ({ path, comment })),
)

/** The tests that the drawing names. */
function readTests({ path, comment }: (typeof drawings)[number]): string[] {
  const words = /\bTested\b([\s\S]*)/.exec(comment)?.[1] ?? ''
  return (words.match(TEST) ?? []).map((test) =>
    join(test.startsWith('test/') ? root : join(root, dirname(path)), test),
  )
}

it('there are drawings', () => {
  expect(drawings.length).toBeGreaterThan(15)
})

describe.each(drawings)('the state machine drawn in $path', (drawing) => {
  it('says where it is tested, by paths that exist', () => {
    const tests = readTests(drawing)
    expect(tests, 'a line "Tested: …" below the drawing').not.toEqual([])
    expect(tests.filter((test) => !existsSync(test))).toEqual([])
  })

  it('is drawn one arrow in each line, so that all of it can be read', () => {
    const lines = drawing.comment.split('\n').filter((line) => /[─│]/.test(line))
    expect(lines.filter((line) => !LINE.test(line))).toEqual([])
  })

  it('is compared with the code by one of these tests', () => {
    const comparing = readTests(drawing).filter((test) => isCompared(test, drawing.path))
    expect(comparing, 'a test that gives this file to readDrawnArrows').not.toEqual([])
  })
})

/** Whether the test reads drawings, and names the file. */
function isCompared(test: string, path: string): boolean {
  if (!statSync(test).isFile()) return false
  const text = readFileSync(test, 'utf8')
  return text.includes('readDrawnArrows(') && new RegExp(`['/]${basename(path)}'`).test(text)
}
