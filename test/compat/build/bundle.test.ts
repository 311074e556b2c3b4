import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { answering, createProject, installed, type TestBuild, type Tree } from './support.ts'

const lambda = (expression: string) =>
  `exports.handler = async (event) => ({ statusCode: 200, body: String(${expression}) })\n`

describe('none', () => {
  it('cases 82, 83: the main file is not touched, not even one with a syntax error', async () => {
    const broken = 'exports.handler = async ( => {'
    const project = await createProject({
      'netlify.toml':
        '[functions.broken]\nnode_bundler = "none"\n[functions.listed]\nnode_bundler = "none"\nincluded_files = ["data/*"]',
      'package.json': '{"type":"module"}',
      'data/a.txt': 'a',
      'netlify/functions/asked.js': `${answering('"as it is"')}export const config = { nodeBundler: "none" }`,
      'netlify/functions/broken.js': broken,
      'netlify/functions/listed.cjs': lambda('require("fs").readFileSync("data/a.txt")'),
    })
    const build = await project.build()
    expect(build.get('asked')).toMatchObject({ bundler: 'none', format: 'web', moduleFormat: 'esm' })
    expect(await build.read('asked', 'netlify/functions/asked.js')).toContain('"as it is"')
    expect(await build.read('broken', 'netlify/functions/broken.js')).toBe(broken)
    expect(await build.files('listed')).toEqual([
      'data/a.txt',
      'netlify/functions/listed.cjs',
      'package.json',
    ])
    expect(await build.run([{ name: 'asked' }, { name: 'listed' }])).toEqual([
      { body: 'as it is' },
      { body: 'a' },
    ])
  })
})

describe('Lambda format', () => {
  let build: TestBuild
  const esm = (text: string) => `export const handler = async () => ({ statusCode: 200, body: ${text} })`

  const inThreeForms = (extension: string): Tree => ({
    [`netlify/functions/${extension}-file.${extension}`]: esm(`"${extension}"`),
    [`netlify/functions/${extension}-same/${extension}-same.${extension}`]: esm(`"${extension}"`),
    [`netlify/functions/${extension}-index/index.${extension}`]: esm(`"${extension}"`),
  })

  beforeAll(async () => {
    const project = await createProject({
      'package.json': '{"type":"module"}',
      'netlify.toml':
        '[functions."asked-*"]\nnode_bundler = "esbuild"\nexternal_node_modules = ["whole"]\nignored_node_modules = ["ignored"]',
      ...Object.assign({}, ...['mjs', 'mts', 'cts', 'tsx', 'ts'].map(inThreeForms)),
      'netlify/functions/cjs-file.cjs': lambda('"cjs"'),
      'netlify/functions/cjs-same/cjs-same.cjs': lambda('"cjs"'),
      'netlify/functions/cjs-index/index.cjs': lambda('"cjs"'),
      'netlify/functions/transpiled.js': `import { helper } from '../../lib/helper.js'\nimport named from 'dep'\n${esm('helper + named.one')}`,
      'lib/helper.js':
        "import { basename } from 'node:path'\nexport const helper = basename(__dirname) + basename(__filename)",
      'netlify/functions/plain.js': lambda('require("dep").one'),
      'netlify/functions/dynamic.cjs': lambda('(await import("../../lib/esm.mjs")).value'),
      'lib/esm.mjs': 'export const value = "esm"',
      'netlify/functions/asked-esbuild.js': `const { one } = require('dep')
exports.handler = async () => {
  const reached = (name) => { try { return require(name === 'ignored' ? 'ignored' : 'not-there') } catch (error) { return error.code } }
  return { statusCode: 200, body: [one, require('whole').value, reached('ignored'), reached('not-there')].join() }
}`,
      ...installed('dep', 'exports.one = 1'),
      ...installed(
        'whole',
        'exports.value = require("fs").readFileSync(__dirname + "/" + "value" + ".txt", "utf8")',
        { dependencies: { 'whole-dep': '1' } },
      ),
      'node_modules/whole/value.txt': 'whole',
      ...installed('whole-dep', ''),
      ...installed('ignored', ''),
    })
    build = await project.build()
  })

  it('case 85: .mjs .mts .cts .tsx .ts in three forms: esbuild, CommonJS', async () => {
    const names = ['mjs', 'mts', 'cts', 'tsx', 'ts'].flatMap((end) => [
      `${end}-file`,
      `${end}-same`,
      `${end}-index`,
    ])
    for (const name of names)
      expect(build.get(name)).toMatchObject({ format: 'lambda', bundler: 'esbuild', moduleFormat: 'cjs' })
    expect(await build.run(names.map((name) => ({ name })))).toEqual(
      names.map((name) => ({ body: name.slice(0, name.indexOf('-')) })),
    )
  })

  it('cases 1, 86: .cjs in three forms stays as it is, by nft (D17)', async () => {
    const names = ['cjs-file', 'cjs-same', 'cjs-index']
    for (const name of names) {
      expect(build.get(name)).toMatchObject({ bundler: 'nft', entry: expect.stringMatching(/\.cjs$/) })
      expect(await build.read(name, build.get(name).entry)).toBe(lambda('"cjs"'))
    }
    expect(await build.run(names.map((name) => ({ name })))).toEqual(names.map(() => ({ body: 'cjs' })))
  })

  it('case 88: an ESM .js of a module package becomes CommonJS and runs; helpers keep their own __dirname', async () => {
    expect(build.get('transpiled')).toMatchObject({ bundler: 'nft', moduleFormat: 'cjs' })
    expect(await build.run([{ name: 'transpiled' }])).toEqual([{ body: 'libhelper.js1' }])
  })

  it('a CommonJS .js in a module package runs although a package.json comes along', async () => {
    expect(await build.run([{ name: 'plain' }])).toEqual([{ body: '1' }])
  })

  it('case 89: CommonJS with a dynamic import of a local .mjs ships the .mjs', async () => {
    expect(await build.files('dynamic')).toContain('lib/esm.mjs')
    expect(await build.run([{ name: 'dynamic' }])).toEqual([{ body: 'esm' }])
  })

  it('case 108: external modules are required and copied with what they need, ignored ones only required', async () => {
    expect(build.get('asked-esbuild').bundler).toBe('esbuild')
    expect(await build.run([{ name: 'asked-esbuild' }])).toEqual([
      { body: '1,whole,MODULE_NOT_FOUND,MODULE_NOT_FOUND' },
    ])
    expect((await build.files('asked-esbuild')).filter((path) => path.startsWith('node_modules/'))).toEqual([
      'node_modules/whole-dep/index.js',
      'node_modules/whole-dep/package.json',
      'node_modules/whole/index.js',
      'node_modules/whole/package.json',
      'node_modules/whole/value.txt',
    ])
  })

  it('case 87: .mjs stays ESM when the JSON file of a generated function says so', async () => {
    const project = await createProject({
      '.netlify/functions-internal/kept.mjs': `${esm('typeof import.meta.url')}`,
      '.netlify/functions-internal/kept.json': '{"version":1,"config":{"nodeModuleFormat":"esm"}}',
    })
    const kept = await project.build()
    expect(kept.get('kept')).toMatchObject({ moduleFormat: 'esm', format: 'lambda' })
    expect(kept.get('kept').entry).toMatch(/kept\.mjs$/)
    expect(await kept.run([{ name: 'kept' }])).toEqual([{ body: 'string' }])
  })
})

describe('TypeScript', () => {
  it('case 90: tsconfig of the functions folder, of the base and of the repository, each for its own files; target is ignored', async () => {
    const factory = (name: string) =>
      JSON.stringify({ compilerOptions: { jsx: 'react', jsxFactory: name, target: 'es5' } })
    const source = (imports: string) => `${imports}
const near = (...all: unknown[]) => 'functions', base = (...all: unknown[]) => 'base', root = (...all: unknown[]) => 'root'
export default async () => new Response([<b/>, fromBase, fromRoot].join())`
    const part = `const near = (...all: unknown[]) => 'functions', base = (...all: unknown[]) => 'base', root = (...all: unknown[]) => 'root'`
    const project = await createProject(
      {
        'tsconfig.json': factory('root'),
        'shared/part.tsx': `${part}\nexport const fromRoot = <b/>`,
        'site/netlify.toml': '',
        'site/tsconfig.json': JSON.stringify({ extends: './config/shared.json' }),
        'site/config/shared.json': factory('base'),
        'site/lib/part.tsx': `${part}\nexport const fromBase = <b/>`,
        'site/netlify/functions/tsconfig.json': factory('near'),
        'site/netlify/functions/all.tsx': source(
          "import { fromBase } from '../../lib/part'\nimport { fromRoot } from '../../../shared/part'",
        ),
        'site/netlify/functions/modern.mts': answering(
          'new (class { #a = 1; has() { return #a in this } })().has()',
        ),
      },
      'site',
    )
    const build = await project.build()
    expect(await build.run([{ name: 'all' }])).toEqual([{ body: 'functions,base,root' }])
    expect(await build.read('modern', build.get('modern').entry)).toContain('#a in this')
  })

  it('case 119: source maps always; a stack names the original file and line', async () => {
    const project = await createProject({
      'package.json': '{}',
      'lib/deep.ts':
        'interface Unused { a: string }\n\n\nexport function explode(): never {\n  throw new Error("boom")\n}',
      'netlify/functions/esm.mts': answering(
        'explode(__dirname)',
        "import { explode } from '../../lib/deep.ts'",
      ),
      'netlify/functions/cjs.ts': answering('explode()', "import { explode } from '../../lib/deep'"),
      'netlify/functions/v1.ts': `import { explode } from '../../lib/deep'\nexport const handler = async () => explode()`,
    })
    const build = await project.build()
    for (const answer of await build.run(['esm', 'cjs', 'v1'].map((name) => ({ name })))) {
      expect(answer.error).toBe('boom')
      expect(answer.stack).toMatch(/explode \(.*\/lib\/deep\.ts:5:9\)/)
      expect(answer.stack).toMatch(/netlify\/functions\/(esm\.mts|cjs\.ts|v1\.ts):\d/)
    }
    const map = JSON.parse(await build.read('esm', 'netlify/functions/esm.mjs.map')) as { sources: string[] }
    expect(map.sources).toEqual(['../../lib/deep.ts', 'esm.mts'])
  })
})

describe('code that fails only when it runs', () => {
  const neverRuns = `const limit = 1
exports.handler = async ({ more }) => {
  if (more) limit = 2
  return { statusCode: 200, body: String(limit) }
}
`

  it.each([
    ['as it is', ''],
    ['asked for by nft', '[functions]\nnode_bundler = "nft"'],
  ])('an assignment to a constant is a warning with its place: %s', async (_title, toml) => {
    const project = await createProject({ 'netlify.toml': toml, 'netlify/functions/f.js': neverRuns })
    const build = await project.build()
    expect(build.warnings).toEqual([
      {
        code: 'ESBUILD_WARNING',
        functionName: 'f',
        message: 'Cannot assign to "limit" because it is a constant: "f" fails when that line runs.',
        file: join(project.dir, 'netlify/functions/f.js'),
        line: 3,
        column: 13,
      },
    ])
    expect(await build.run([{ name: 'f' }])).toEqual([{ body: '1' }])
  })

  it('columns count characters, whatever letters come before', async () => {
    const line = 'const greeting = "こんにちは 🙂"; let limit = Response("a'
    const project = await createProject({ 'netlify/functions/f.mts': `${line}\n` })
    const [error] = await project.buildErrors()
    expect(error!.message).toContain(`netlify/functions/f.mts:1:${line.length + 1})`)
    expect(error!.details).toMatchObject({ line: 1, column: line.length + 1 })
  })

  it('a file that no bundler takes is an error, whatever letters come before', async () => {
    const project = await createProject({
      'netlify.toml': '[functions]\nnode_bundler = "esbuild"',
      'netlify/functions/f.ts':
        'const a = "こんにちは"; const text = require("../../a.md"); export const handler = async () => ({ statusCode: 200, body: a + text })\n',
      'a.md': '# a',
    })
    const errors = await project.buildErrors()
    expect(errors.map(({ code }) => code)).toEqual(['BUNDLE_FAILED'])
    expect(errors[0]!.message).toContain('No loader is configured')
  })

  it('with node_bundler = "esbuild" the files are shipped untouched, and it is said once', async () => {
    const project = await createProject({
      'netlify.toml': '[functions]\nnode_bundler = "esbuild"',
      'netlify/functions/f.js': neverRuns,
    })
    const build = await project.build()
    expect(build.get('f').bundler).toBe('nft')
    expect(build.warnings.map(({ code }) => code)).toEqual(['BUNDLER_FALLBACK'])
    expect(build.warnings[0]!.message).toContain(
      'Cannot assign to "limit" because it is a constant (netlify/functions/f.js:3:13)',
    )
    expect(await build.run([{ name: 'f' }])).toEqual([{ body: '1' }])
  })

  it.each([
    ['a helper', 'h.js', "const a = 1\nif (!a) a = 2\nmodule.exports = 'helper'", 'helper'],
    ['a name that only modules reserve', 'h.js', "const await = 'await'\nmodule.exports = await", 'await'],
    ['JSON that nobody may ask for', 'h.json', '{ "a": 1, }', 'undefined'],
    ['a module that waits and cannot be required', 'h.mjs', 'await 0\nexport default 1', 'undefined'],
  ])('%s', async (_title, name, code, body) => {
    const needed =
      body === 'undefined'
        ? `event.more ? require('../../lib/${name}') : undefined`
        : `require('../../lib/${name}')`
    const project = await createProject({
      'netlify/functions/f.js': lambda(needed),
      [`lib/${name}`]: code,
    })
    const build = await project.build()
    expect(await build.run([{ name: 'f' }])).toEqual([{ body }])
  })

  it('a module that waits is imported as it is', async () => {
    const project = await createProject({
      'netlify/functions/f.js': lambda("(await import('../../lib/h.mjs')).default"),
      'lib/h.mjs': "export default await 'waited'",
    })
    const build = await project.build()
    expect(build.warnings).toEqual([])
    expect(await build.run([{ name: 'f' }])).toEqual([{ body: 'waited' }])
  })

  it('in a package that is shipped as it is, it is not looked for', async () => {
    const project = await createProject({
      'netlify/functions/f.js': lambda('require("esm").value'),
      ...installed('esm', "import 'left-out'\nconst a = 1\nif (!a) a = 2\nexport const value = 'esm'", {
        type: 'module',
      }),
    })
    const build = await project.build()
    expect(build.warnings).toEqual([])
  })

  it('a syntax error stays an error', async () => {
    const project = await createProject({
      'netlify/functions/f.js': lambda('require("../../lib/h.js")'),
      'lib/h.js': 'const a = 1\nconst a = 2',
    })
    const [error] = await project.buildErrors()
    expect(error).toMatchObject({ code: 'BUNDLE_FAILED', details: { line: 2 } })
  })
})
