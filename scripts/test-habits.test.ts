// CONTRIBUTING: "Wait for a condition, never for a time." And what a test makes, one helper removes.
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { findBareWaits } from './bare-waits.ts'

const cwd = fileURLToPath(new URL('..', import.meta.url))
const tests = globSync(['test/**/*.ts', '{src,scripts,bench}/**/*.test.ts'], { cwd })
  .filter((path) => !path.startsWith('test/fixtures/'))
  .map((path) => ({ path, source: readFileSync(`${cwd}${path}`, 'utf8') }))

/** Who waits in the name of all others. */
const WAITS = 'test/helpers/wait.ts'
/** What stands there runs in the functions of villains, by its source. */
const VILLAINS = 'test/attack/attacks/'
/** Where the length of a pause is itself what is tested: chance, load, a second and more patient look, an answer that stays out. */
const PAUSES =
  /^test\/(heavy|attack)\/|^test\/contract\/(front-differential-watch|loopback-fuzz|runtime-api\/invocations\.test)\.ts$|^test\/e2e\/idle-death\.test\.ts$/

it('no test waits for a time', () => {
  expect(tests.length).toBeGreaterThan(300)
  const others = tests.filter(({ path }) => path !== WAITS && !path.startsWith(VILLAINS))
  expect(others.flatMap(({ path, source }) => findBareWaits(path, source))).toEqual([])
})

it('pauses stand only where their length is what is tested', () => {
  const pausing = tests.filter(({ source }) => /^import \{ pause\b.*\/wait\.ts'$/m.test(source))
  expect(pausing.map(({ path }) => path).filter((path) => !PAUSES.test(path))).toEqual([])
})

it('tests take their folders from test/helpers/temporary-folder.ts', () => {
  const own = tests.filter(
    ({ path, source }) => path.endsWith('.test.ts') && /\bmkdtemp(Sync)?\(/.test(source),
  )
  expect(own.map(({ path }) => path).filter((path) => !path.startsWith('scripts/'))).toEqual([])
})

it.each([
  ["import { setTimeout as sleep } from 'node:timers/promises'", 1],
  ["import { setImmediate } from 'node:timers/promises'", 0],
  ['await new Promise((resolve) => setTimeout(resolve, 20))', 1],
  ['await new Promise<void>((done) => { setTimeout(done, 20) })', 1],
  ['await Promise.race([answer, new Promise((r) => setTimeout(r, 100))])', 1],
  ['const code = `new Promise((resolve) => setTimeout(resolve, 20))`', 0],
  ['const limit = new Promise((resolve) => { timer = setTimeout(resolve, 20) })', 0],
  ['const timer = setTimeout(() => child.kill(), 20)', 0],
])('of %s %i is a wait', (source, count) => {
  expect(findBareWaits('a.test.ts', source)).toHaveLength(count)
})
