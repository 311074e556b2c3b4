// `roost check`: packages that are found only when the code runs.
import { describe, expect, it } from 'vitest'
import type { ProjectFiles } from '../../helpers/project-files.ts'
import { check, codes } from './check-support.ts'

describe('packages that are found only at run time', () => {
  const pkg = (name: string, code = '', fields: object = {}): ProjectFiles => ({
    [`node_modules/${name}/package.json`]: JSON.stringify({
      name,
      version: '1.0.0',
      main: 'index.js',
      ...fields,
    }),
    [`node_modules/${name}/index.js`]: code,
  })
  const MODULES: ProjectFiles = {
    'package.json': '{"dependencies":{"pk":"1","drv-a":"1","drv-b":"1","orm":"1"}}',
    ...pkg('pk'),
    'node_modules/pk/w.wasm': '',
    ...pkg('drv-a'),
    ...pkg('drv-b'),
  }
  const web = (value: string, top = '') =>
    `${top}\nexport default async (request) => new Response(String(${value}))\n`
  const lambda = (value: string) =>
    `exports.handler = async (event) => ({ statusCode: 200, body: String(${value}) })\n`
  const CREATED = "import { createRequire } from 'node:module'\nconst load = createRequire(import.meta.url)"
  const TABLE = "const kinds = { a: 'drv-a', b: 'drv-b' }"

  it.each([
    [
      'a file, where nothing else of its package is there',
      'f.mjs',
      web("load.resolve('pk/w.wasm')", CREATED),
      'pk/w.wasm',
      'external_node_modules = ["pk"]',
    ],
    [
      'a file of a package that is there',
      'f.mjs',
      web("load.resolve('pk/w.wasm')", `import 'pk'\n${CREATED}`),
      'pk/w.wasm',
      'included_files = ["node_modules/pk/w.wasm"]',
    ],
    [
      'through createRequire at once',
      'f.mts',
      web(
        "createRequire(import.meta.url).resolve('pk/w.wasm')",
        "import { createRequire } from 'node:module'",
      ).replace('(request)', '()'),
      'pk/w.wasm',
      'external_node_modules = ["pk"]',
    ],
    [
      'by a constant, bundled by esbuild',
      'f.ts',
      "const name = 'drv-a'\nexport const handler = async () => ({ statusCode: 200, body: String(require(name)) })",
      'drv-a',
      'external_node_modules = ["drv-a"]',
    ],
  ])('PACKAGE_NOT_BUNDLED: %s', async (_title, file, source, specifier, fix) => {
    const [finding, ...others] = await check({ [file]: source }, MODULES)
    expect(others).toEqual([])
    expect(finding).toMatchObject({ code: 'PACKAGE_NOT_BUNDLED', where: 'both' })
    expect(finding!.at).toMatch(/^netlify\/functions\/f\.\w+:\d$/)
    expect(finding!.message).toContain(
      `asks for "${specifier}" at run time, which is not in the bundle of "f"`,
    )
    expect(finding!.message).toContain(`add ${fix} to [functions."f"] in netlify.toml`)
  })

  it.each([
    ['f.mjs', web('await import(kinds[request.method])', TABLE)],
    ['f.js', `${TABLE}\n${lambda('require(kinds[event.kind])')}`],
    ['f.mjs', web("await load('drv-a') + await load('drv-b')", 'const load = (name) => import(name)')],
  ])('PACKAGE_NOT_BUNDLED: by names that stand beside the call in %s', async (file, source) => {
    const found = await check({ [file]: source }, MODULES)
    expect(found.map(({ message }) => /may load "(.+?)" at run time/.exec(message)?.[1])).toEqual([
      'drv-a',
      'drv-b',
    ])
    const toml = '[functions."*"]\nexternal_node_modules = ["drv-a", "drv-b"]\n'
    expect(await check({ [file]: source }, { ...MODULES, 'netlify.toml': toml })).toEqual([])
  })

  it.each([
    [
      'by a require of its own, as pdfjs does with its canvas',
      'const own = process.getBuiltinModule("module").createRequire(__filename)\nexports.load = () => { const require2 = own; return require2("drv-b") }',
      { optionalDependencies: { 'drv-b': '1' } },
    ],
    [
      'by a name, as an ORM does with its drivers',
      'const load = (name) => require(name)\nexports.load = () => load("drv-b")',
      { peerDependenciesMeta: { 'drv-b': { optional: true } } },
    ],
  ])('PACKAGE_NOT_BUNDLED: what a package loads %s', async (_title, code, fields) => {
    const files = { ...MODULES, ...pkg('orm', code, fields) }
    const functions = {
      'bundled.ts':
        "import { load } from 'orm'\nexport const handler = async () => ({ statusCode: 200, body: String(load()) })",
      'web.mjs': web('load()', "import { load } from 'orm'"),
    }
    const found = await check(functions, files)
    expect(found.map(({ message }) => message)).toEqual(
      ['bundled', 'web'].map((name) =>
        expect.stringMatching(
          new RegExp(
            `The package "orm" asks for "drv-b" at run time \\(node_modules/orm/index.js\\), which is not in the bundle of "${name}".*external_node_modules = \\["drv-b"\\]`,
          ),
        ),
      ),
    )
    const toml = '[functions]\nexternal_node_modules = ["drv-b"]\n'
    expect(await check(functions, { ...files, 'netlify.toml': toml })).toEqual([])
    const ignored = '[functions]\nincluded_files = ["!node_modules/drv-b/**"]\n'
    expect(await check(functions, { ...files, 'netlify.toml': ignored })).toEqual([])
  })

  it('not what bundlers find, what is not installed, a file of the function, or a text that is not a name', async () => {
    const functions = {
      'literal.mjs': web("await import('drv-a') + load('drv-b')", `${CREATED}\nimport 'pk'`),
      'constant.mjs': web('await import(name)', "const name = 'drv-a'"),
      'gone.mjs': web("await import(['gone'][0]).catch(() => load.resolve('gone/x'))", CREATED),
      'pages.mjs': web("await import('./pages/' + request.url.length + '.mjs')", "const kind = 'drv-a'"),
      'words.mjs': web("'drv-a' + await import('pk')"),
      'builtin.mjs': web('1', "import 'for-browsers'"),
    }
    const example = '/** Use it as: createRequire(x)("drv-b") */\nexports.a = Promise.resolve("drv-b")'
    const files = { ...MODULES, ...pkg('orm', example, { peerDependencies: { 'drv-b': '1' } }) }
    const others = {
      ...pkg('util', ''),
      ...pkg('for-browsers', 'exports.util = require("util")', { dependencies: { util: '1' } }),
      'netlify/functions/pages/1.mjs': 'export default 1',
      'netlify/functions/orm.mjs': web('1', "import 'orm'"),
    }
    expect(await codes(functions, { ...files, ...others })).toEqual([])
  })
})
