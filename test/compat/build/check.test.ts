// `roost check`: a fixture for each rule, and the same project without the fault.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkProject } from '../../../src/builder/check/index.ts'
import { buildProject } from '../../../src/builder/pipeline/index.ts'
import { type ProjectFiles, writeProject } from '../../helpers/project-files.ts'
import { check, codes } from './check-support.ts'

const HELLO = 'export default async () => new Response("hello")\n'

describe('files that are read at run time', () => {
  const READ = `import { readFile } from 'node:fs/promises'
export default async () => new Response(await readFile('data/list.txt', 'utf8'))
`

  it('FILE_NOT_BUNDLED: relative to the working directory, and what to write to get it', async () => {
    const [finding, ...others] = await check({ 'a.mts': READ }, { 'data/list.txt': 'x' })
    expect(others).toEqual([])
    expect(finding).toMatchObject({
      code: 'FILE_NOT_BUNDLED',
      where: 'both',
      at: 'netlify/functions/a.mts:2',
    })
    expect(finding!.message).toContain('included_files = ["data/list.txt"] to [functions."a"]')
  })

  it('not when the file is included, is not in the project, or lies outside of it', async () => {
    const toml = '[functions.a]\nincluded_files = ["data/*"]\n'
    expect(await check({ 'a.mts': READ }, { 'netlify.toml': toml, 'data/list.txt': 'x' })).toEqual([])
    expect(await check({ 'a.mts': READ })).toEqual([])
    expect(await check({ 'a.mts': READ.replace('data/list.txt', '/etc/hostname') })).toEqual([])
  })

  it('not the package.json of what a framework has written, whose code asks for its version', async () => {
    const read = `import { readFileSync } from 'node:fs'
import { join } from 'node:path'
export const version = () => readFileSync(join(import.meta.dirname, '../package.json'))
export default async () => new Response('hello')
`
    const generated = {
      '.netlify/functions-internal/server/server.mjs': "export { default } from './dist/run.js'",
      '.netlify/functions-internal/server/dist/run.js': read,
      '.netlify/functions-internal/server/package.json': '{"type":"module"}',
    }
    expect(await codes({}, generated)).toEqual([])
  })

  it('FILE_NOT_BUNDLED: a folder in which only the running code can name the file', async () => {
    const source = `import { readFileSync } from 'node:fs'
const ROOT = 'content'
export default async (request: Request) =>
  new Response(readFileSync(\`\${ROOT}/post-\${request.url.length}.md\`))
`
    const [finding] = await check(
      { 'a.ts': source },
      { 'content/post-1.md': '#', 'package.json': '{"name":"x"}' },
    )
    expect(finding).toMatchObject({ code: 'FILE_NOT_BUNDLED', at: 'netlify/functions/a.ts:4' })
    expect(finding!.message).toContain('included_files = ["content/**"]')
  })

  it('FILE_NOT_BUNDLED: beside a helper, whose place in the bundle is that of the main file', async () => {
    const helper = `import { readFileSync } from 'node:fs'
export const page = () => readFileSync(new URL('./page.html', import.meta.url), 'utf8')
`
    const main = `import { page } from '../../lib/helper.mts'
export default async () => new Response(page())
`
    const [finding] = await check({ 'a.mts': main }, { 'lib/helper.mts': helper, 'lib/page.html': '<p>' })
    expect(finding).toMatchObject({ code: 'FILE_NOT_BUNDLED', at: 'lib/helper.mts:2' })
    expect(finding!.message).toContain(
      'leads to netlify/functions/page.html: read it relative to process.cwd()',
    )
  })

  it('not for what the bundler finds by itself, and what a plain function ships beside it', async () => {
    const traced = `import { readFileSync } from 'node:fs'
export default async () => new Response(readFileSync(new URL('./page.html', import.meta.url)))
`
    const plain = `const { readFileSync } = require('fs')
exports.handler = async () => ({ statusCode: 200, body: readFileSync(__dirname + '/page.html', 'utf8') })
`
    const page = '<p>'
    expect(await check({ 'a.mts': traced, 'page.html': page })).toEqual([])
    expect(await check({ 'b/b.js': plain, 'b/page.html': page })).toEqual([])
  })

  it('WORKING_DIRECTORY_DIFFERS: found here, since the base directory is the working directory', async () => {
    const source = `import { readFile } from 'node:fs/promises'
export default async () => new Response(await readFile('netlify/functions/list.txt'))
`
    const toml = '[functions]\nincluded_files = ["netlify/functions/list.txt"]\n'
    const project = { 'netlify.toml': toml }
    expect(await check({ 'a.mts': source, 'list.txt': 'x' }, project)).toMatchObject([
      { code: 'WORKING_DIRECTORY_DIFFERS', where: 'netlify', at: 'netlify/functions/a.mts:2' },
    ])
    // Another file moves Netlify's root up to the project.
    const wider = { 'netlify.toml': toml.replace('.txt"', '.txt", "x.txt"'), 'x.txt': 'x' }
    expect(await check({ 'a.mts': source, 'list.txt': 'x' }, wider)).toEqual([])
  })
})

describe('what is in a bundle', () => {
  /** The head of a library: `machine` as ELF has it. */
  function library(machine: number): Uint8Array {
    const bytes = Buffer.alloc(128)
    bytes.write('\x7fELF', 'latin1')
    bytes.writeUInt16LE(3, 16)
    bytes.writeUInt16LE(machine, 18)
    return bytes
  }
  const [X64, ARM64, RISCV] = [62, 183, 243]
  const addon = (binaries: Record<string, Uint8Array>): ProjectFiles => ({
    'package.json': '{"name":"x","dependencies":{"addon":"1.0.0"}}',
    'node_modules/addon/package.json': '{"name":"addon","version":"1.0.0","main":"index.js","gypfile":true}',
    'node_modules/addon/index.js': `${Object.keys(binaries)
      .map((file) => `try { module.exports = require("./${file}") } catch {}`)
      .join('\n')}\n`,
    ...Object.fromEntries(
      Object.entries(binaries).map(([file, bytes]) => [`node_modules/addon/${file}`, bytes]),
    ),
  })
  const USER = { 'a.mts': 'import addon from "addon"\nexport default async () => Response.json(addon)\n' }

  it('NATIVE_OTHER_PLATFORM: compiled code for neither Netlify nor this machine', async () => {
    const [finding, ...others] = await check(USER, addon({ 'a.node': library(RISCV) }))
    expect(others).toEqual([])
    expect(finding).toMatchObject({ code: 'NATIVE_OTHER_PLATFORM', where: 'both' })
    expect(finding!.message).toContain('addon for linux/riscv64')
    expect(finding!.message).toContain('none for linux/x64')
  })

  it('not when one of several fits', async () => {
    const binaries = { 'riscv.node': library(RISCV), 'x64.node': library(X64), 'arm.node': library(ARM64) }
    expect(await check(USER, addon(binaries))).toEqual([])
  })

  it('JS_BESIDE_TS: a helper, and an entry file in a folder; FUNCTION_SHADOWED: two files for a function', async () => {
    const main = 'import { x } from "../../lib/x"\nexport default async () => new Response(x)\n'
    const found = await check(
      { 'a.mts': main, 'b/index.js': HELLO, 'b/index.ts': HELLO, 'c.js': HELLO, 'c.ts': HELLO },
      { 'lib/x.js': 'export const x = "old"', 'lib/x.ts': 'export const x: string = "new"' },
    )
    expect(found.map(({ code, at }) => `${code} ${at}`)).toEqual([
      'JS_BESIDE_TS lib/x.js',
      'JS_BESIDE_TS netlify/functions/b/index.js',
      'FUNCTION_SHADOWED netlify/functions/c.ts',
    ])
  })

  it('DIRNAME_REDECLARED: in an ES module, at the top (case X12)', async () => {
    const own = `import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
const __dirname = dirname(fileURLToPath(import.meta.url))
export default async () => new Response(__dirname)
`
    expect(await check({ 'a.mts': own })).toMatchObject([
      { code: 'DIRNAME_REDECLARED', where: 'netlify', at: 'netlify/functions/a.mts:3' },
    ])
    const inside = own
      .replace(/^const.*\n/m, '')
      .replace('new Response(__dirname)', '{ const __dirname = 1 }')
    expect(await check({ 'a.mts': inside })).toEqual([])
  })
})

describe('routes and URLs', () => {
  const at = (path: string, more = '') => `${HELLO}export const config = { path: ${path}${more} }\n`

  it('ROUTE_SHADOWED: an earlier function takes all of its requests', async () => {
    const found = await check({ 'a.mts': at('"/api/*"'), 'b.mts': at('["/other", "/api/users/:id"]') })
    expect(found).toMatchObject([{ code: 'ROUTE_SHADOWED', where: 'both', at: 'netlify/functions/b.mts:2' }])
    expect(found[0]!.message).toContain('"a" is matched first')
  })

  it.each([
    ['the narrower one comes first', { 'a.mts': at('"/api/users"'), 'b.mts': at('"/api/*"') }],
    [
      'other methods',
      { 'a.mts': at('"/api"', ', method: "GET"'), 'b.mts': at('"/api"', ', method: "POST"') },
    ],
    ['exclusions', { 'a.mts': at('"/*"', ', excludedPath: "/api"'), 'b.mts': at('"/api"') }],
    ['static files first', { 'a.mts': at('"/*"', ', preferStatic: true'), 'b.mts': at('"/api"') }],
  ])('not ROUTE_SHADOWED: %s', async (_why, functions) => {
    expect(await check(functions)).toEqual([])
  })

  it('ROUTE_SHADOWED: several earlier ones take them together', async () => {
    const found = await check({
      'a.mts': at('"/api"', ', method: "GET"'),
      'b.mts': at('"/api"', ', method: "POST"'),
      'c.mts': at('"/api/"', ', method: ["GET", "POST"]'),
    })
    expect(found).toMatchObject([{ code: 'ROUTE_SHADOWED', at: 'netlify/functions/c.mts:2' }])
    expect(found[0]!.message).toContain(
      '"a", "b" are matched first, and their paths "/api" together match all of them',
    )
  })

  it('ROUTE_SHADOWED: exclusions that leave the path alone', async () => {
    const functions = { 'a.mts': at('"/*"', ', excludedPath: "/other"'), 'b.mts': at('"/api"') }
    expect(await check(functions)).toMatchObject([{ code: 'ROUTE_SHADOWED' }])
  })

  it('ROUTE_UNREACHABLE: below the default URLs', async () => {
    expect(await check({ 'a.mts': at('"/.netlify/functions/b"') })).toMatchObject([
      { code: 'ROUTE_UNREACHABLE', at: 'netlify/functions/a.mts:2' },
    ])
  })

  it('DEFAULT_URL_HIDDEN: in pages, sources and rules; not in comments, tests and other sites’ URLs', async () => {
    const files = {
      'netlify.toml':
        '[build]\npublish = "public"\n[[redirects]]\nfrom = "/x"\nto = "/.netlify/functions/a"\nstatus = 200\n',
      'public/index.html': '<!-- /.netlify/functions/a -->\n<a href="/.netlify/functions/a?x=1">a</a>\n',
      'public/_redirects': '# /old /.netlify/functions/a\n/y /.netlify/functions/a 200\n',
      'src/client.ts': `// POST /.netlify/functions/a
export const go = (base: string) => fetch(\`\${base}/.netlify/functions/a\`)
export const other = () => fetch('https://example.com/.netlify/functions/a')
export const plain = () => fetch('/.netlify/functions/b')
`,
      'src/client.test.ts': 'fetch("/.netlify/functions/a")',
    }
    const found = await check({ 'a.mts': at('"/a"'), 'b.mts': HELLO }, files)
    expect(found.map(({ code, at }) => `${code} ${at}`)).toEqual([
      'DEFAULT_URL_HIDDEN netlify.toml:5',
      'DEFAULT_URL_HIDDEN public/_redirects:2',
      'DEFAULT_URL_HIDDEN public/index.html:2',
      'DEFAULT_URL_HIDDEN src/client.ts:2',
    ])
  })
})

describe('variables', () => {
  const TOML = '[build.environment]\nKEY = "x"\n[context.production.environment]\nOTHER = "y"\n'

  it.each([
    'process.env.KEY',
    'process.env["OTHER"]',
    'Netlify.env.get("KEY")',
    '(({ KEY }) => KEY)(process.env) ?? process.env.KEY',
  ])('TOML_VARIABLE_READ: %s', async (expression) => {
    const source = `export default async () =>\n  new Response(${expression})\n`
    const [finding, ...others] = await check({ 'a.mts': source }, { 'netlify.toml': TOML })
    expect(others).toEqual([])
    expect(finding).toMatchObject({
      code: 'TOML_VARIABLE_READ',
      where: 'both',
      at: 'netlify/functions/a.mts:2',
    })
    expect(finding!.message).toMatch(/netlify\.toml:[24] sets/)
  })

  it('TOML_VARIABLE_READ: set below [context.production.build]', async () => {
    const toml = '[context.production.build.environment]\nKEY = "x"\n'
    const source = 'export default async () => new Response(process.env.KEY)\n'
    const [finding] = await check({ 'a.mts': source }, { 'netlify.toml': toml })
    expect(finding).toMatchObject({ code: 'TOML_VARIABLE_READ' })
    expect(finding!.message).toMatch(/netlify\.toml:2 sets/)
  })

  it('TOML_VARIABLE_READ: taken apart, in a helper', async () => {
    const helper = 'const { KEY: key } = process.env\nexport const read = () => key\n'
    const main =
      'import { read } from "../../lib/read.mts"\nexport default async () => new Response(read())\n'
    expect(await check({ 'a.mts': main }, { 'netlify.toml': TOML, 'lib/read.mts': helper })).toMatchObject([
      { code: 'TOML_VARIABLE_READ', at: 'lib/read.mts:1' },
    ])
  })

  it('not when somebody else sets it, or nobody reads it', async () => {
    const source = 'export default async () => new Response(process.env.KEY)\n'
    expect(await check({ 'a.mts': source }, { 'netlify.toml': TOML }, { KEY: 'z' })).toEqual([])
    expect(await check({ 'a.mts': HELLO }, { 'netlify.toml': TOML })).toEqual([])
  })

  it('ENV_NAME_RESERVED, ENV_NAME_INVALID, ENV_TOO_LARGE: of what --env-file gives', async () => {
    const variables = { Deploy_Id: '1', _PRIVATE: '2', LARGE: 'x'.repeat(4096) }
    expect((await codes({ 'a.mts': HELLO }, {}, variables)).sort()).toEqual([
      'ENV_NAME_INVALID',
      'ENV_NAME_RESERVED',
      'ENV_TOO_LARGE',
    ])
    expect(await codes({ 'a.mts': HELLO }, {}, { KEY: 'x'.repeat(4000) })).toEqual([])
  })

  it('RUNTIME_VARIABLE_IN_TOML', async () => {
    const toml = '[build.environment]\nAWS_LAMBDA_JS_RUNTIME = "nodejs22.x"\n'
    expect(await check({ 'a.mts': HELLO }, { 'netlify.toml': toml })).toMatchObject([
      { code: 'RUNTIME_VARIABLE_IN_TOML', at: 'netlify.toml:2' },
    ])
  })

  it('NODE_VERSION_NOT_ON_NETLIFY: of the project, and of a function', async () => {
    const own = `${HELLO}export const config = { nodeVersion: "26" }\n`
    expect(await check({ 'a.mts': own }, { '.nvmrc': '26\n' })).toMatchObject([
      { code: 'NODE_VERSION_NOT_ON_NETLIFY', where: 'netlify', at: '' },
      { code: 'NODE_VERSION_NOT_ON_NETLIFY', where: 'netlify', at: 'netlify/functions/a.mts:2' },
    ])
  })
})

describe('schedules', () => {
  const at = (schedule: string) => ({
    'a.mts': `${HELLO}export const config = { schedule: "${schedule}" }\n`,
  })

  it.each(['0 8 * *', '0 0 8 * * *', '0 8 L * *', '0 8 * * 5#2', '0 8 ? * 1'])(
    'SCHEDULE_DIALECT: %s',
    async (text) => {
      expect(await check(at(text))).toMatchObject([
        { code: 'SCHEDULE_DIALECT', where: 'netlify', at: 'netlify/functions/a.mts:2' },
      ])
    },
  )

  it.each(['0 8 * * *', '*/5 8-18 * jul-AUG mon-fri', '@daily'])(
    'is five fields or a shortcut: %s',
    async (text) => {
      expect(await check(at(text))).toEqual([])
    },
  )

  it('SCHEDULE_INVALID: what a build refuses is a finding like any other', async () => {
    expect(await check(at('@annually'))).toMatchObject([
      { code: 'SCHEDULE_INVALID', where: 'both', at: 'netlify/functions/a.mts:2' },
    ])
  })
})

describe('netlify.toml', () => {
  it('TOML_KEY_REFUSED_ON_NETLIFY: Roost’s own keys directly under [functions], and other amounts of memory', async () => {
    const toml = '[functions]\nconcurrency = 4\n[functions.a]\nmemory = 512\nconcurrency = 8\n'
    expect(await check({ 'a.mts': HELLO }, { 'netlify.toml': toml })).toMatchObject([
      { code: 'TOML_KEY_REFUSED_ON_NETLIFY', where: 'netlify', at: 'netlify.toml:2' },
      { code: 'TOML_KEY_REFUSED_ON_NETLIFY', where: 'netlify', at: 'netlify.toml:4' },
    ])
  })

  it('TOML_KEY_UNREAD_ON_NETLIFY: unless the source says the same', async () => {
    const toml = '[functions."*"]\nbackground = true\n[functions.a]\ntimeout = 5\n'
    const said = `${HELLO}export const config = { background: true, timeout: 5 }\n`
    expect(await codes({ 'a.mts': HELLO }, { 'netlify.toml': toml })).toEqual([
      'TOML_KEY_UNREAD_ON_NETLIFY',
      'TOML_KEY_UNREAD_ON_NETLIFY',
    ])
    expect(await codes({ 'a.mts': said }, { 'netlify.toml': toml })).toEqual([])
  })

  it('CONFIG_INVALID: a configuration that is wrong is found, with its line', async () => {
    const toml = '[functions]\nnode_bundler = "webpack"\n'
    expect(await check({ 'a.mts': HELLO }, { 'netlify.toml': toml })).toMatchObject([
      { code: 'CONFIG_INVALID', at: 'netlify.toml:2' },
    ])
  })
})

describe('what the analysis could not read, there or here', () => {
  it('CONFIG_VALUE_UNREADABLE: with the reason', async () => {
    const source = `const path = '/a'\n${HELLO}export const config = { path }\n`
    const [finding] = await check({ 'a.mts': source })
    expect(finding).toMatchObject({
      code: 'CONFIG_VALUE_UNREADABLE',
      where: 'both',
      at: 'netlify/functions/a.mts:3',
    })
    expect(finding!.message).toContain('the variable `path`')
  })

  it('D15c: CONFIG_UNREAD_ON_NETLIFY for type assertions, SYNTAX_UNREAD_ON_NETLIFY for JSX', async () => {
    const asserted = `${HELLO}export const config = { path: '/a' } as const\n`
    const jsx = `const React = { createElement: String }\nexport default async () => new Response(<b/>)\n`
    expect(await check({ 'a.mts': asserted, 'b.tsx': jsx })).toMatchObject([
      { code: 'CONFIG_UNREAD_ON_NETLIFY', where: 'netlify', at: 'netlify/functions/a.mts:2' },
      { code: 'SYNTAX_UNREAD_ON_NETLIFY', where: 'netlify', at: 'netlify/functions/b.tsx' },
    ])
  })
})

describe('not offered (D6)', () => {
  it('EDGE_FUNCTIONS_NOT_OFFERED: the folder, and the section', async () => {
    const toml = '[[edge_functions]]\npath = "/x"\nfunction = "geo"\n'
    const edge = { 'netlify/edge-functions/geo.ts': 'export default () => {}', 'netlify.toml': toml }
    expect(await check({ 'a.mts': HELLO }, edge)).toMatchObject([
      { code: 'EDGE_FUNCTIONS_NOT_OFFERED', where: 'here', at: 'netlify.toml:1' },
      { code: 'EDGE_FUNCTIONS_NOT_OFFERED', where: 'here', at: 'netlify/edge-functions' },
    ])
  })

  it('not EDGE_FUNCTIONS_NOT_OFFERED: folders without a file, as frameworks leave them', async () => {
    expect(await check({ 'a.mts': HELLO }, { '.netlify/v1/edge-functions/middleware/': '' })).toEqual([])
  })

  it('IMAGE_CDN_NOT_OFFERED: pages that use it, and its section', async () => {
    const files = {
      'netlify.toml': '[build]\npublish = "public"\n[images]\nremote_images = ["https://x.example/.*"]\n',
      'public/index.html': '<p>\n<img src="/.netlify/images?url=/cat.jpg&w=50">',
    }
    expect(await check({ 'a.mts': HELLO }, files)).toMatchObject([
      { code: 'IMAGE_CDN_NOT_OFFERED', where: 'here', at: 'netlify.toml:3' },
      { code: 'IMAGE_CDN_NOT_OFFERED', where: 'here', at: 'public/index.html:2' },
    ])
  })

  it('SPLIT_TESTING_NOT_OFFERED: its cookie and its events', async () => {
    const cookie = 'export default async (request, context) => new Response(context.cookies.get("nf_ab"))\n'
    expect(await check({ 'a.mjs': cookie, 'split-test-activated.mts': HELLO })).toMatchObject([
      { code: 'SPLIT_TESTING_NOT_OFFERED', where: 'here', at: 'netlify/functions/a.mjs:1' },
      { code: 'SPLIT_TESTING_NOT_OFFERED', where: 'here', at: 'netlify/functions/split-test-activated.mts' },
    ])
  })

  it('BUILD_PLUGINS_NOT_RUN', async () => {
    const toml = '[[plugins]]\npackage = "netlify-plugin-x"\n'
    expect(await check({ 'a.mts': HELLO }, { 'netlify.toml': toml })).toMatchObject([
      { code: 'BUILD_PLUGINS_NOT_RUN', where: 'here', at: 'netlify.toml:1' },
    ])
    const built = { 'netlify.toml': toml, '.netlify/functions/manifest.json': '{"functions":[]}' }
    expect(await codes({ 'a.mts': HELLO }, built), "after a build by Netlify's tools").toEqual([])
  })
})

describe('the check as a whole', () => {
  it('finds what does not build, beside what it finds in the rest', async () => {
    const found = await check({
      'a.mts': 'import x from "left-pad"\nexport default async () => new Response(x)\n',
      'b.mts': `${HELLO}export const config = { path: "/b" } as const\n`,
    })
    expect(found.map(({ code }) => code)).toEqual(['BUNDLE_IMPORT_MISSING', 'CONFIG_UNREAD_ON_NETLIFY'])
  })

  it('leaves the last build as it is', async () => {
    const dir = await writeProject({ 'netlify/functions/a.mts': HELLO })
    const { artifactDir } = await buildProject({ dir })
    const before = await readFile(join(artifactDir, 'manifest.json'), 'utf8')
    await writeFile(join(dir, 'netlify/functions/a.mts'), `${HELLO}export const config = { path: '/b' }\n`)
    await checkProject({ dir }, buildProject)
    expect(await readFile(join(artifactDir, 'manifest.json'), 'utf8')).toBe(before)
  })

  it('says of no project that there is none', async () => {
    await expect(
      checkProject({ dir: join(await writeProject({}), 'nowhere') }, buildProject),
    ).rejects.toMatchObject({
      code: 'PROJECT_NOT_FOUND',
    })
  })
})
