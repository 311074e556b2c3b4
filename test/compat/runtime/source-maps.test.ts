import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { findTestNode } from '../../helpers/nodes.ts'
import { startFunction } from '../../helpers/runtime-harness.ts'
import { temporaryFolder } from '../../helpers/temporary-folder.ts'

/** Source maps are read late here. What a function sees is what Node shows with `--enable-source-maps`. */
const FIXTURE = fileURLToPath(new URL('../../fixtures/source-maps/', import.meta.url))
const PLAIN = `
import handler from './function.mjs'
const answer = await handler(new Request('http://localhost/' + encodeURIComponent(process.argv[2])))
process.stdout.write(await answer.text())
`
const NAMES = [...readFileSync(join(FIXTURE, 'function.ts'), 'utf8').matchAll(/^ {2}'(.+)': /gm)].map(
  (match) => match[1]!,
)

let folder: string

beforeAll(async () => {
  folder = temporaryFolder('source-maps')
  mkdirSync(join(folder, 'src'))
  cpSync(FIXTURE, join(folder, 'src'), { recursive: true })
  const common = { bundle: true, minify: true, platform: 'node', target: 'node18' } as const
  const bundle = (from: string, to: string, sourcemap: 'linked' | 'inline') =>
    build({
      ...common,
      entryPoints: [join(folder, 'src', from)],
      outfile: join(folder, to),
      sourcemap,
      format: to.endsWith('.mjs') ? 'esm' : 'cjs',
      footer: to.endsWith('.cjs') ? { js: 'module.exports = module.exports.default' } : {},
    })
  await Promise.all([
    bundle('function.ts', 'function.mjs', 'linked'),
    bundle('worker.ts', 'worker.mjs', 'linked'),
    bundle('part.ts', 'inline.mjs', 'inline'),
    bundle('part.ts', 'required.cjs', 'linked'),
    bundle('part.ts', 'node_modules/packaged/index.cjs', 'linked'),
    bundle('part.ts', 'no-map.mjs', 'linked'),
    bundle('part.ts', 'damaged.mjs', 'linked'),
    bundle('part.ts', 'late.mjs', 'linked'),
  ])
  rmSync(join(folder, 'no-map.mjs.map'))
  writeFileSync(join(folder, 'damaged.mjs.map'), '{ "version": 3, "sources": [')
  writeFileSync(join(folder, 'node_modules/packaged/package.json'), '{ "main": "index.cjs" }')
  writeFileSync(
    join(folder, 'broken.mjs'),
    'export default 1\nconst = 2\n//# sourceMappingURL=inline.mjs.map',
  )
  writeFileSync(join(folder, 'broken.cjs'), 'module.exports = 1\nconst = 2\n')
  writeFileSync(join(folder, 'plain.mjs'), PLAIN)
})

describe.concurrent('what Node shows with --enable-source-maps', () => {
  it.each(NAMES)('%s', async (name) => {
    expect(withoutCallers(await seenInFunction(name))).toBe(withoutCallers(await seenInNode(name)))
  })
})

it('a map is not read before a stack is looked at', async () => {
  await using runtime = await startFunction(`
    import { unlinkSync } from 'node:fs'
    import fail from ${JSON.stringify(join(folder, 'late.mjs'))}
    export default () => {
      try { fail() } catch (error) {
        unlinkSync(${JSON.stringify(join(folder, 'late.mjs.map'))})
        return new Response(error.stack)
      }
    }`)
  // Node 18 lets nobody in where stacks are made: there the map is read with the module.
  const named = process.env.ROOST_TEST_NODE_MAJOR === '18' ? /part\.ts:8:9/ : /late\.mjs:1:/
  expect((await runtime.fetch()).body.toString()).toMatch(named)
})

it('names the original lines', async () => {
  expect(await seenInFunction('a function')).toMatch(/\/src\/function\.ts:\d+:9\)/)
})

async function seenInFunction(name: string): Promise<string> {
  await using runtime = await startFunction('', {
    file: 'unused.mjs',
    assignment: { entryPath: join(folder, 'function.mjs'), rootPath: folder },
  })
  return (await runtime.fetch(`/${encodeURIComponent(name)}`)).body.toString()
}

async function seenInNode(name: string): Promise<string> {
  const args = ['--enable-source-maps', join(folder, 'plain.mjs'), name]
  const { stdout } = await promisify(execFile)(await findTestNode(), args)
  return stdout
}

/** The frames below the function differ: who called it, and through which parts of Node. */
function withoutCallers(text: string): string {
  const isTheirs = (line: string) => /^\s+at /.test(line) && !line.includes(folder)
  return text
    .split('\n')
    .filter((line) => !isTheirs(line) && !line.includes('plain.mjs'))
    .join('\n')
}
