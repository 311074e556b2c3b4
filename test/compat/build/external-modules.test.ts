// `external_node_modules`: packages that code loads by a name that only it knows (build.md §5.1, §11.3), and what is said
// when something that a package imports is not installed.
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { createProject, installed, type TestBuild, type Tree } from './support.ts'

/** Loads whatever the request names. */
const LOAD = {
  web: `export default async (request) => {
  const name = new URL(request.url).searchParams.get('name')
  const found = await import(name)
  return new Response(String(found.value ?? found.default?.value))
}
`,
  required: `export default async (request) => new Response(String(require(new URL(request.url).searchParams.get('name')).value))
`,
  lambda: `exports.handler = async ({ name }) => ({ statusCode: 200, body: String(require(name).value) })
`,
  typed: `export const handler = async ({ name }: { name: string }) => ({ statusCode: 200, body: String(require(name).value) })
`,
}

const PACKAGES: Tree = {
  ...installed('driver', 'exports.value = "driver+" + require("driver-core").value', {
    dependencies: { 'driver-core': '1' },
    optionalDependencies: { 'driver-native': '1', 'driver-gone': '1' },
    peerDependencies: { 'driver-peer': '1' },
    peerDependenciesMeta: { 'driver-flagged': { optional: true }, 'flagged-gone': { optional: true } },
  }),
  ...installed('driver-core', 'exports.value = "core"'),
  ...installed('driver-native', ''),
  ...installed('driver-peer', ''),
  ...installed('driver-flagged', ''),
  ...installed('@scope/driver', 'exports.value = "scoped"'),
  ...installed('parts', 'exports.value = "all"'),
  'node_modules/parts/sub.js': 'exports.value = "part"',
  ...installed('other', ''),
}

const WITH_DRIVER = ['driver', 'driver-core', 'driver-flagged', 'driver-native', 'driver-peer']

describe.each([
  [
    'directly under [functions]',
    '[functions]\nexternal_node_modules = ["driver", "@scope/driver", "parts/sub"]\n',
  ],
  ['for all', '[functions."*"]\nexternal_node_modules = ["driver", "@scope/driver", "parts/sub"]\n'],
  [
    'in tables that match',
    '[functions]\nexternal_node_modules = ["driver"]\n[functions."{*,x}"]\nexternal_node_modules = ["@scope/driver", "parts/sub"]\n',
  ],
])('packages that are listed %s', (_title, toml) => {
  let build: TestBuild
  const names = ['web', 'web-cjs', 'required', 'whole', 'traced', 'bundled', 'typed', 'none']

  beforeAll(async () => {
    const project = await createProject({
      'netlify.toml': `${toml}
[functions.bundled]
node_bundler = "esbuild"
[functions.traced]
node_bundler = "nft"
[functions.none]
node_bundler = "none"
`,
      'netlify/functions/web.mjs': LOAD.web,
      'netlify/functions/web-cjs.ts': LOAD.web.replaceAll('request)', 'request: Request)'),
      'netlify/functions/required.mjs': LOAD.required,
      'netlify/functions/whole.js': LOAD.lambda,
      'netlify/functions/traced.js': LOAD.lambda,
      'netlify/functions/bundled.js': LOAD.lambda,
      'netlify/functions/typed.ts': LOAD.typed,
      'netlify/functions/none.js': LOAD.lambda,
      ...PACKAGES,
    })
    build = await project.build()
  })

  it.each(names)('are in the bundle with what they need, and found: %s', async (name) => {
    const asked = ['driver', '@scope/driver', 'parts', 'parts/sub.js']
    const calls = asked.map((one) => ({ name, url: `http://site.test/?name=${one}`, event: { name: one } }))
    expect(await build.run(calls)).toEqual(['driver+core', 'scoped', 'all', 'part'].map((body) => ({ body })))
    const packages = (await build.files(name))
      .map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\/package.json$/.exec(path)?.[1])
      .filter((path) => path !== undefined)
    expect(packages.toSorted()).toEqual(['@scope/driver', ...WITH_DRIVER, 'parts'])
  })
})

describe('the list', () => {
  it('may stand in the source, and in the file of a generated function', async () => {
    const project = await createProject({
      'netlify/functions/own.mjs': `${LOAD.web}export const config = { externalNodeModules: ['driver'] }`,
      '.netlify/functions-internal/made.js': LOAD.lambda,
      '.netlify/functions-internal/made.json': JSON.stringify({
        version: 1,
        config: { externalNodeModules: ['driver', 'only-perhaps'] },
      }),
      ...PACKAGES,
    })
    const build = await project.build()
    const calls = ['own', 'made'].map((name) => ({
      name,
      url: 'http://site.test/?name=driver',
      event: { name: 'driver' },
    }))
    expect(await build.run(calls)).toEqual([{ body: 'driver+core' }, { body: 'driver+core' }])
  })

  it('keeps an ES module that CommonJS output would bundle, and what is ignored or excluded stays out', async () => {
    const project = await createProject({
      'netlify.toml': `[functions]
external_node_modules = ["esm", "driver", "other", "fs", "node:path"]
included_files = ["!node_modules/driver/**"]
[functions."*"]
ignored_node_modules = ["other"]
`,
      'netlify/functions/f.cts': `import { value } from 'esm'\nexport default async () => new Response(value)`,
      ...PACKAGES,
      ...installed('esm', 'export const value = "esm"', { type: 'module' }),
    })
    const build = await project.build()
    expect((await build.files('f')).filter((path) => path.startsWith('node_modules'))).toEqual([
      'node_modules/esm/index.js',
      'node_modules/esm/package.json',
    ])
  })

  it.each([
    ['netlify.toml', '[functions]\n\nexternal_node_modules = [\n  "driver",\n  "gone/part",\n]\n', '', 5],
    [
      'netlify.toml',
      '[functions.f]\nnode_bundler = "esbuild"\nexternal_node_modules = ["@scope/gone"]\n',
      '',
      3,
    ],
    ['netlify.toml', '[context.production.functions.f]\nexternal_node_modules = ["gone"]\n', '', 2],
    [
      'netlify/functions/f.js',
      '',
      "export const config = {\n  path: '/',\n  externalNodeModules: ['driver', 'gone'] }",
      3,
    ],
  ])('what is not installed is an error with its line in %s: %j', async (file, toml, config, line) => {
    const project = await createProject({
      'netlify.toml': toml,
      'netlify/functions/f.js':
        config === '' ? LOAD.lambda : `${config}\nexport default async () => new Response()`,
      ...PACKAGES,
    })
    const entry = /[@\w/]*gone[\w/]*/.exec(toml + config)![0]
    const [error, ...others] = await project.buildErrors()
    expect(others).toEqual([])
    expect(error).toMatchObject({
      code: 'EXTERNAL_MODULE_MISSING',
      message: `external_node_modules of "f" lists "${entry}", which is not installed.`,
      hint: `Run "npm install ${entry.replace('/part', '')}". Or remove it from the list.`,
      details: { functionName: 'f', file: join(project.dir, file), line },
    })
  })

  it('a pattern is told from a package, and what the project calls optional may be missing', async () => {
    const files = {
      'package.json': '{"optionalDependencies":{"gone":"1"}}',
      'netlify/functions/f.js': LOAD.lambda,
    }
    const listing = (name: string) => ({
      ...files,
      'netlify.toml': `[functions]\nexternal_node_modules = ["${name}"]`,
    })
    const [error] = await (await createProject(listing('@scope/*'))).buildErrors()
    expect(error!.message).toContain('lists "@scope/*", which is a pattern, not the name of a package')
    await (await createProject(listing('gone'))).build()
  })

  it('a package that only another package has, for itself, is not missed', async () => {
    const project = await createProject({
      'netlify.toml': '[functions]\nnode_bundler = "esbuild"\nexternal_node_modules = ["inner"]',
      'netlify/functions/f.js': 'exports.handler = async () => ({ statusCode: 200, body: require("lib") })',
      ...installed('lib', 'module.exports = require("inner")', { dependencies: { inner: '1' } }),
      ...installed('inner', 'module.exports = "inner"', {}, 'node_modules/lib/node_modules'),
    })
    expect(await (await project.build()).run([{ name: 'f' }])).toEqual([{ body: 'inner' }])
  })

  it('in a monorepo it means what the function finds, hoisted too', async () => {
    const project = await createProject(
      {
        'package.json': '{"workspaces":["apps/*"]}',
        'apps/site/package.json': '{"name":"site"}',
        'apps/site/netlify.toml': '[functions]\nexternal_node_modules = ["driver", "local"]',
        'apps/site/netlify/functions/f.js': LOAD.lambda,
        'node_modules/local': { link: '../packages/local' },
        'packages/local/package.json': '{"name":"local","version":"1.0.0","main":"index.js"}',
        'packages/local/index.js': 'exports.value = "workspace"',
        ...PACKAGES,
      },
      'apps/site',
    )
    const build = await project.build()
    expect(await build.run(['driver', 'local'].map((name) => ({ name: 'f', event: { name } })))).toEqual([
      { body: 'driver+core' },
      { body: 'workspace' },
    ])
  })
})

describe('packages of build plugins (§11.10)', () => {
  const plugins = '.netlify/plugins/node_modules'

  it('are listed like others, and functions of plugins see no others', async () => {
    const project = await createProject({
      'netlify.toml': '[functions]\nexternal_node_modules = ["driver", "made"]',
      'netlify/functions/f.js': LOAD.lambda,
      ...PACKAGES,
      ...installed('made', 'exports.value = "plugin"', {}, plugins),
    })
    const build = await project.build()
    expect(await build.run(['driver', 'made'].map((name) => ({ name: 'f', event: { name } })))).toEqual([
      { body: 'driver+core' },
      { body: 'plugin' },
    ])
    const apart = await createProject({
      'netlify.toml': `[functions]\ndirectory = "${plugins}/made/functions"\nexternal_node_modules = ["driver", "gone"]`,
      [`${plugins}/made/functions/inside.mjs`]: "export default async () => new Response('inside')",
      ...PACKAGES,
    })
    const { warnings, files } = await apart.build()
    expect(warnings).toEqual([])
    expect((await files('inside')).filter((path) => path.includes('driver'))).toEqual([])
  })
})

describe('a package that requires optional drivers', () => {
  const lib = (fields: object) => installed('lib', 'exports.load = () => require("drv-b")', fields)
  const files: Tree = {
    'package.json': '{"name":"site"}',
    'netlify/functions/f.ts':
      "import { load } from 'lib'\nexport const handler = async () => ({ statusCode: 200, body: typeof load })",
  }

  it('is told with the place to install, and the way to ship it without them', async () => {
    const project = await createProject({ ...files, ...lib({ devDependencies: { 'drv-b': '1' } }) })
    const [error] = await project.buildErrors()
    expect(error).toMatchObject({
      code: 'BUNDLE_IMPORT_MISSING',
      message: expect.stringContaining(
        '"f" imports "drv-b", which is not installed (node_modules/lib/index.js:1:',
      ),
      hint: 'Run "npm install drv-b". If "lib" works anyway, add external_node_modules = ["lib"] to [functions."f"] in netlify.toml: Roost then ships it unbundled.',
    })
    await project.write({ 'netlify.toml': '[functions."f"]\nexternal_node_modules = ["lib"]' })
    expect(await (await project.build()).run([{ name: 'f' }])).toEqual([{ body: 'function' }])
  })

  it('below a folder of the repository, that folder is the place', async () => {
    const project = await createProject(
      {
        'pnpm-lock.yaml': '',
        'apps/site/package.json': '{"name":"site"}',
        'apps/site/netlify.toml': '',
        'apps/site/netlify/functions/f.ts': files['netlify/functions/f.ts']!,
        ...lib({}),
      },
      'apps/site',
    )
    expect((await project.buildErrors())[0]!.hint).toContain('Run "pnpm add drv-b" in apps/site.')
  })

  it.each([
    ['an optional dependency', { optionalDependencies: { 'drv-b': '1' } }],
    [
      'an optional peer',
      { peerDependencies: { 'drv-b': '1' }, peerDependenciesMeta: { 'drv-b': { optional: true } } },
    ],
    ['a peer that is only flagged as optional', { peerDependenciesMeta: { 'drv-b': { optional: true } } }],
  ])('builds where the package calls them %s', async (_title, fields) => {
    const project = await createProject({ ...files, ...lib(fields) })
    expect(await (await project.build()).run([{ name: 'f' }])).toEqual([{ body: 'function' }])
  })

  it('is missed where the project itself flags it and no more (case 97)', async () => {
    const project = await createProject({
      'package.json': '{"peerDependenciesMeta":{"drv-b":{"optional":true}}}',
      'netlify/functions/f.ts': "import 'drv-b'\nexport const handler = async () => ({ statusCode: 200 })",
    })
    expect((await project.buildErrors())[0]).toMatchObject({
      code: 'BUNDLE_IMPORT_MISSING',
      hint: 'Run "npm install drv-b".',
    })
  })

  it('asks the package itself, not a package.json deeper in it', async () => {
    const project = await createProject({
      ...files,
      ...installed('lib', '', { main: 'cjs/index.js', optionalDependencies: { 'drv-b': '1' } }),
      'node_modules/lib/cjs/package.json': '{"type":"commonjs"}',
      'node_modules/lib/cjs/index.js': 'exports.load = () => require("drv-b")',
    })
    expect(await (await project.build()).run([{ name: 'f' }])).toEqual([{ body: 'function' }])
  })

  it('whose code cannot be bundled is shipped as it is on request', async () => {
    const project = await createProject({
      ...files,
      ...installed('lib', 'const a = 1\nexports.load = () => { a = 2 }'),
    })
    expect((await project.buildErrors())[0]!.hint).toContain('add external_node_modules = ["lib"]')
  })
})
