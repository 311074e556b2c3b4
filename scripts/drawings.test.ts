import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
/** A line of a drawing in a comment: `open ── send ──> ended`. */
const ARROW = /^ \* .*─+>/m
const COMMENT = /\/\*\*[\s\S]*?\*\//g
/** A path of a test or its folder: from the root, or beside the source. */
const TEST = /(?:test\/[\w/-]+(?:\.test)?(?:\.ts)?|[\w-]+\.test\.ts)/g

const drawings = globSync('src/**/*.ts', { cwd: root }).flatMap((path) =>
  (readFileSync(resolve(root, path), 'utf8').match(COMMENT) ?? [])
    .filter((comment) => ARROW.test(comment))
    .map((comment) => ({ path, comment })),
)

it('there are drawings', () => {
  expect(drawings.length).toBeGreaterThan(20)
})

it.each(drawings)(
  'the state machine drawn in $path says where it is tested, by paths that exist',
  (drawing) => {
    const { path, comment } = drawing
    const words = /\bTested\b([\s\S]*)/.exec(comment)?.[1]
    expect(words, 'a line "Tested: …" below the drawing').toBeDefined()
    const tests = words!.match(TEST) ?? []
    expect(tests).not.toEqual([])
    for (const test of tests) {
      const base = test.startsWith('test/') ? root : join(root, dirname(path))
      expect(existsSync(join(base, test)), test).toBe(true)
    }
  },
)
