// Which bundler, and what it brings along (build.md §11; cases 82–90, 95–111, 114–119).
import { cp, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
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

describe('missing imports (D15c)', () => {
  it('cases 95, X13: each one names function, importer with line, and the command', async () => {
    const missing = {
      'package.json': '{"dependencies":{"declared":"1"}}',
      'lib/deep.ts': '// comment\nimport deep from "deep-one"\nexport default deep',
      'netlify/functions/web.mts': `import pad from 'left-pad'\n${answering('pad')}`,
      'netlify/functions/helper.mts': answering('deep', "import deep from '../../lib/deep.ts'"),
      'netlify/functions/untouched.js': `const x = require('@scope/name/sub')\n${lambda('x')}`,
      'netlify/functions/everything.ts': `import one from 'declared'\nexport const handler = async () => one`,
      'netlify/functions/local.mts': `import x from './nowhere'\n${answering('x')}`,
    }
    const project = await createProject({ ...missing, 'package-lock.json': '{}' })
    const errors = await project.buildErrors()
    const shown = Object.fromEntries(
      errors.map(({ code, details, message, hint }) => [details.functionName, { code, message, hint }]),
    )
    const code = 'BUNDLE_IMPORT_MISSING'
    expect(shown).toEqual({
      web: {
        code,
        message: '"web" imports "left-pad", which is not installed (netlify/functions/web.mts:1:17).',
        hint: 'Run "npm install left-pad".',
      },
      helper: {
        code,
        message: '"helper" imports "deep-one", which is not installed (lib/deep.ts:2:18).',
        hint: 'Run "npm install deep-one".',
      },
      untouched: {
        code,
        message:
          '"untouched" imports "@scope/name/sub", which is not installed (netlify/functions/untouched.js:1:19).',
        hint: 'Run "npm install @scope/name".',
      },
      everything: {
        code,
        message:
          '"everything" imports "declared", which is not installed (netlify/functions/everything.ts:1:17).',
        hint: 'Run "npm install".',
      },
      local: {
        code,
        message: '"local" imports "./nowhere", which does not exist (netlify/functions/local.mts:1:15).',
        hint: 'Correct the path or add the file.',
      },
    })
  })

  it.each([
    ['pnpm-lock.yaml', 'Run "pnpm add left-pad".'],
    ['yarn.lock', 'Run "yarn add left-pad".'],
    ['bun.lock', 'Run "bun add left-pad".'],
  ])('the command is that of the package manager in use: %s', async (lockFile, hint) => {
    const project = await createProject({
      [lockFile]: '',
      'package.json': '{}',
      'netlify/functions/web.mts': answering('pad', "import pad from 'left-pad'"),
    })
    expect((await project.buildErrors()).map((error) => error.hint)).toEqual([hint])
  })

  it("what a framework's output misses is installed in the project, not in the output", async () => {
    const project = await createProject({
      'package.json': '{}',
      '.netlify/functions-internal/server/package.json': '{ "dependencies": {} }',
      '.netlify/functions-internal/server/server.mjs': answering('pad', "import pad from 'left-pad'"),
    })
    expect((await project.buildErrors()).map((error) => error.hint)).toEqual(['Run "npm install left-pad".'])
  })

  it('case 96, §11.3: optional dependencies, optional peers and what is tried may be missing', async () => {
    const tried = `let found = 'none'\ntry { found = require('maybe') } catch {}\n`
    const project = await createProject({
      'package.json': JSON.stringify({
        optionalDependencies: { optional: '1' },
        peerDependencies: { peer: '1' },
        peerDependenciesMeta: { peer: { optional: true } },
      }),
      ...installed('pkg', 'try { module.exports = require("inner") } catch { module.exports = "pkg" }', {
        optionalDependencies: { inner: '1' },
      }),
      'netlify/functions/a-whole.js': `${tried}${lambda('found + require("pkg")')}`,
      'netlify/functions/b-local.cjs': `${tried}exports.default = async () => new Response(found + require("pkg"))`,
      'netlify/functions/c-everything.ts': `${tried}export const handler = async () => ({ statusCode: 200, body: found + require("pkg") })`,
      'netlify/functions/d-optional.mts': answering(
        'await import("optional").catch(() => "gone") + await import("peer").catch(() => "too")',
      ),
      'netlify/functions/e-optional-v1.js': lambda(
        '(() => { try { return require("optional") } catch { return "gone" } })()',
      ),
    })
    const build = await project.build()
    expect(await build.run(build.functions.map(({ name }) => ({ name })))).toEqual(
      ['nonepkg', 'nonepkg', 'nonepkg', 'gonetoo', 'gone'].map((body) => ({ body })),
    )
  })

  it('what is imported inside try, or with a catch of its own, may be missing', async () => {
    const project = await createProject({
      'netlify/functions/web.mts': answering(
        'await import("gone-one").catch(() => "one") + found',
        'let found = "two"\ntry { found = await import("gone-two") } catch {}',
      ),
    })
    expect(await (await project.build()).run([{ name: 'web' }])).toEqual([{ body: 'onetwo' }])
  })

  it('case 97: a needed dependency or peer of a package is missed; one that is only flagged optional, too', async () => {
    const project = await createProject({
      'package.json': '{}',
      ...installed('needs-dep', 'require("gone-dep")', { dependencies: { 'gone-dep': '1' } }),
      ...installed('needs-peer', '', { peerDependencies: { 'gone-peer': '1' } }),
      ...installed('only-meta', 'require("flagged")', {
        peerDependenciesMeta: { flagged: { optional: true } },
        dependencies: { flagged: '1' },
      }),
      'netlify/functions/dep-v1.js': lambda('require("needs-dep")'),
      'netlify/functions/dep-v2.mjs': answering('dep', "import dep from 'needs-dep'"),
      'netlify/functions/peer-v1.js': lambda('require("needs-peer")'),
      'netlify/functions/meta-v1.js': lambda('require("only-meta")'),
    })
    const errors = await project.buildErrors()
    expect(errors.map((error) => `${error.details.functionName} ${error.details.specifier}`).sort()).toEqual([
      'dep-v1 gone-dep',
      'dep-v2 gone-dep',
      'meta-v1 flagged',
      'peer-v1 gone-peer',
    ])
    expect(errors[0]?.message).toContain('"needs-dep"')
  })

  it('case 98: a require of something that is no package name is left alone', async () => {
    const project = await createProject({
      'netlify/functions/odd.js': `try { require('@scope') } catch {}\nconst odd = () => require('@only')\n${lambda('typeof odd')}`,
    })
    const build = await project.build()
    expect(await build.run([{ name: 'odd' }])).toEqual([{ body: 'function' }])
  })

  it('case 99: a package.json that is no JSON is an error that names it', async () => {
    const project = await createProject({
      'package.json': '{ "name": ',
      'netlify/functions/plain.js': lambda('1'),
      'netlify/functions/web.mts': answering('1'),
    })
    const errors = await project.buildErrors()
    for (const error of errors) expect(error.message).toContain('package.json')
    expect(errors.map((error) => error.code)).toContain('BUNDLE_FAILED')
  })

  it('case 100: of thirteen unresolved requires ten are shown', async () => {
    const requires = Array.from({ length: 13 }, (_, index) => `require("gone-${index}")`).join('\n')
    const project = await createProject({
      'netlify/functions/many.ts': `${requires}\nexport const handler = () => {}`,
    })
    expect(await project.buildErrors()).toHaveLength(10)
  })

  it('case 101: a syntax error in .cjs is an error of that function with its place', async () => {
    const project = await createProject({
      'netlify/functions/bad.cjs': 'exports.handler = () => {}\nexport { }}',
    })
    expect(await project.buildErrors()).toMatchObject([
      { code: 'BUNDLE_FAILED', details: { file: join(project.dir, 'netlify/functions/bad.cjs'), line: 2 } },
    ])
  })

  it('§11.1: esbuild that fails falls back to shipping the files, and says so', async () => {
    const project = await createProject({
      'netlify.toml': '[functions]\nnode_bundler = "esbuild"',
      'netlify/functions/fallback.js': `const load = () => require('./a.weird')\n${lambda('typeof load')}`,
      'netlify/functions/a.weird': 'not code',
    })
    const build = await project.build()
    expect(build.get('fallback').bundler).toBe('nft')
    expect(build.warnings.map((warning) => warning.code)).toContain('BUNDLER_FALLBACK')
    expect(await build.run([{ name: 'fallback' }])).toEqual([{ body: 'function' }])
  })
})

describe('files', () => {
  it('case 104: side files come along with whole folders, never with bundles; litter never', async () => {
    const folder = (name: string, main: string, code: string) => ({
      [`netlify/functions/${name}/${main}`]: code,
      [`netlify/functions/${name}/side.txt`]: 'side',
      [`netlify/functions/${name}/deep/side.json`]: '{}',
      [`netlify/functions/${name}/.hidden`]: '',
      [`netlify/functions/${name}/Thumbs.db`]: '',
      [`netlify/functions/${name}/Desktop.ini`]: '',
      [`netlify/functions/${name}/deep/desktop.ini`]: '',
      [`netlify/functions/${name}/.DS_Store`]: '',
      [`netlify/functions/${name}/.index.js.swp`]: '',
      [`netlify/functions/${name}/old.txt~`]: '',
      [`netlify/functions/${name}/#index.js#`]: '',
      [`netlify/functions/${name}/.#index.js`]: { link: 'me@host.42' },
      [`netlify/functions/${name}/4913/side.txt`]: 'an article of that number',
      [`netlify/functions/${name}/player.swf`]: '',
      [`netlify/functions/${name}/__MACOSX/side.txt`]: '',
      [`netlify/functions/${name}/node_modules/x/index.js`]: '',
    })
    const project = await createProject({
      'netlify.toml': '[functions.bundled]\nnode_bundler = "esbuild"',
      ...folder('whole', 'index.js', lambda('1')),
      ...folder('bundled', 'index.js', lambda('1')),
      ...folder('web', 'index.mjs', answering('1')),
    })
    const build = await project.build()
    expect(await build.files('whole')).toEqual([
      'netlify/functions/whole/4913/side.txt',
      'netlify/functions/whole/deep/side.json',
      'netlify/functions/whole/index.js',
      'netlify/functions/whole/player.swf',
      'netlify/functions/whole/side.txt',
      'package.json',
    ])
    for (const name of ['bundled', 'web'])
      expect((await build.files(name)).join()).not.toMatch(/side|Thumbs|hidden|old/)
  })

  it('case 104: litter in a folder that code reads, or in a package, does not come along either', async () => {
    const project = await createProject({
      'netlify/functions/reads.mjs': answering(
        'readdirSync(new URL("./pages", import.meta.url)).join()',
        "import { readdirSync } from 'node:fs'\nimport 'dep'",
      ),
      'netlify/functions/pages/4913': 'an article of that number',
      'netlify/functions/pages/a.html': '',
      'netlify/functions/pages/.DS_Store': '',
      'netlify/functions/pages/.a.html.swp': '',
      'netlify/functions/pages/a.html~': '',
      'netlify/functions/whole.js': lambda('require("dep")'),
      ...installed('dep', ''),
      'node_modules/dep/.DS_Store': '',
      'node_modules/dep/old.js~': '',
    })
    const build = await project.build()
    expect(await build.run([{ name: 'reads' }])).toEqual([{ body: '4913,a.html' }])
    expect((await build.files('whole')).filter((path) => path.startsWith('node_modules'))).toEqual([
      'node_modules/dep/index.js',
      'node_modules/dep/package.json',
    ])
  })

  it('links that lead nowhere stay what they are, and do not end the build', async () => {
    const project = await createProject({
      'data/a.txt': '',
      'data/gone': { link: 'not-there' },
      'data/gone.js': { link: 'not-there.js' },
      'data/.#a.txt': { link: 'me@host.42' },
      'netlify/functions/web.mjs': answering(
        'readdirSync(new URL("../../data", import.meta.url)).join()',
        "import { readdirSync } from 'node:fs'",
      ),
      'netlify/functions/lambda.js': lambda(
        'require("fs").readdirSync(require("path").join(__dirname, "../../data"))',
      ),
    })
    const build = await project.build()
    expect(await build.run([{ name: 'web' }, { name: 'lambda' }])).toEqual([
      { body: 'a.txt,gone,gone.js' },
      { body: 'a.txt,gone,gone.js' },
    ])
  })

  it.each([
    ['a scope', '!node_modules/@scope/*', ['@scope/a', '@scope/b', '@scope/a/sub']],
    ['a scope, deep', '!node_modules/@scope/**', ['@scope/a', '@scope/b', '@scope/a/sub']],
    ['one of a scope', '!node_modules/@scope/a/**', ['@scope/a', '@scope/a/sub']],
    ['some of a scope', '!node_modules/@scope/{a,c}/**', ['@scope/a', '@scope/a/sub']],
    ['a package', '!node_modules/plain', ['plain']],
    ['a package, deep', '!node_modules/plain/**', ['plain']],
    ['packages by a pattern', '!node_modules/pl*/**', ['plain']],
    ['a part of a package', '!node_modules/@scope/a/sub/**', ['@scope/a/sub']],
    ['a package, with a dot', '!./node_modules/plain/**', ['plain']],
    ['all packages', '!node_modules/**', ['@scope/a', '@scope/b', '@scope/a/sub', 'plain']],
    ['its documents', '!node_modules/plain/*.md', []],
  ])('included_files leaves out of an esbuild bundle: %s', async (_title, pattern, left) => {
    const imports = ['@scope/a', '@scope/b', '@scope/a/sub', 'plain']
    const project = await createProject({
      'netlify.toml': `[functions]\nnode_bundler = "esbuild"\nincluded_files = ["${pattern}"]`,
      'netlify/functions/f.js': `const load = { ${imports.map((name) => `'${name}': () => require('${name}')`).join(', ')} }
exports.handler = async () => ({ statusCode: 200, body: JSON.stringify(Object.keys(load).filter((name) => { try { load[name]() } catch { return true } })) })`,
      ...installed('@scope/a', ''),
      ...installed('@scope/b', ''),
      ...installed('plain', ''),
      'node_modules/@scope/a/sub/index.js': '',
    })
    const build = await project.build()
    expect(build.get('f').bundler).toBe('esbuild')
    expect(await build.run([{ name: 'f' }])).toEqual([{ body: JSON.stringify(left) }])
    expect((await build.files('f')).filter((path) => path.startsWith('node_modules'))).toEqual([])
  })

  it('cases 105, 106, X17: included files and exclusions; in-source replaces TOML; folders and slashes match nothing', async () => {
    const project = await createProject({
      'netlify.toml': `[functions.toml]
included_files = ["blog/post*", "!blog/post3.md", "one.html"]
[functions.source]
included_files = ["blog/author*"]
[functions.nothing]
included_files = ["blog", "/blog/**"]`,
      'blog/post1.md': '1',
      'blog/post2.md': '2',
      'blog/post3.md': '3',
      'blog/author1.md': 'a',
      'one.html': '<p>',
      'netlify/functions/toml.mjs': answering('(await import("node:fs")).readFileSync("blog/post1.md")'),
      'netlify/functions/source.mjs': `${answering('1')}export const config = { includedFiles: ["../../blog/post*", "!../../blog/post3.md"] }`,
      'netlify/functions/nothing.mjs': answering('1'),
    })
    const build = await project.build()
    const included = async (name: string) =>
      (await build.files(name)).filter((path) => /\.(md|html)$/.test(path))
    expect(await included('toml')).toEqual(['blog/post1.md', 'blog/post2.md', 'one.html'])
    expect(await included('source')).toEqual(['blog/post1.md', 'blog/post2.md'])
    expect(await included('nothing')).toEqual([])
    expect(
      build.warnings
        .filter((warning) => warning.code === 'INCLUDED_FILES_EMPTY')
        .map((warning) => warning.functionName),
    ).toEqual(['nothing', 'nothing'])
    expect(await build.run([{ name: 'toml' }])).toEqual([{ body: '1' }])
  })

  it('cases 107, 109: exclusions take out traced packages; package files keep .html and lose .map', async () => {
    const project = await createProject({
      'netlify.toml': `[functions]\nexternal_node_modules = []
[functions."without-*"]
included_files = ["!node_modules/dep/**"]
[functions.without-esbuild]
node_bundler = "esbuild"`,
      ...installed('dep', 'module.exports = "dep"', { dependencies: { inner: '^1.0.0' } }),
      ...installed('inner', ''),
      'node_modules/dep/page.html': '<p>',
      'node_modules/dep/index.js.map': '{}',
      'node_modules/dep/types.d.ts': '',
      'node_modules/dep/lib/kept.map': '{}',
      'netlify/functions/whole.js': lambda('require("dep")'),
      'netlify/functions/without-v1.js': lambda(
        '(() => { try { return require("dep") } catch (error) { return error.code } })()',
      ),
      'netlify/functions/without-v2.cjs':
        'exports.default = async () => { try { return new Response(require("dep")) } catch (error) { return new Response(error.code) } }',
      'netlify/functions/without-esbuild.js': lambda(
        '(() => { try { return require("dep") } catch (error) { return error.code } })()',
      ),
    })
    const build = await project.build()
    expect((await build.files('whole')).filter((path) => path.startsWith('node_modules/'))).toEqual([
      'node_modules/dep/index.js',
      'node_modules/dep/lib/kept.map',
      'node_modules/dep/package.json',
      'node_modules/dep/page.html',
      'node_modules/inner/index.js',
      'node_modules/inner/package.json',
    ])
    const names = ['without-v1', 'without-v2', 'without-esbuild']
    for (const name of names) expect((await build.files(name)).join()).not.toContain('node_modules/dep/')
    expect(await build.run(names.map((name) => ({ name })))).toEqual(
      names.map(() => ({ body: 'MODULE_NOT_FOUND' })),
    )
  })

  it('case 110: included links stay links', async () => {
    const project = await createProject({
      'netlify.toml': '[functions]\nincluded_files = ["data/**"]',
      'data/real/a.txt': 'a',
      'data/link': { link: 'real' },
      'netlify/functions/linked.mjs': answering('(await import("node:fs")).readFileSync("data/link/a.txt")'),
    })
    const build = await project.build()
    expect(await build.files('linked')).toContain('data/link')
    expect(await build.files('linked')).not.toContain('data/link/a.txt')
    expect(await build.run([{ name: 'linked' }])).toEqual([{ body: 'a' }])
  })

  it('a file that is named through a link stands where the link leads, beside the link', async () => {
    const project = await createProject({
      'netlify.toml': '[functions]\nincluded_files = ["data/**", "data/link/a.txt"]',
      'data/real/a.txt': 'a',
      'data/link': { link: 'real' },
      'netlify/functions/linked.mjs': answering('(await import("node:fs")).readFileSync("data/link/a.txt")'),
    })
    const build = await project.build()
    expect((await build.files('linked')).filter((path) => path.startsWith('data/'))).toEqual([
      'data/link',
      'data/real/a.txt',
    ])
    expect(await build.run([{ name: 'linked' }])).toEqual([{ body: 'a' }])
  })

  it('D133: links that lead out of the repository are refused, unless they are allowed; files there stay out', async () => {
    const outside = await createProject({ 'secret.txt': 'secret', 'folder/a.txt': 'a' })
    const project = await createProject({
      'netlify.toml': `[functions]\nincluded_files = ["data/**", "../${basename(outside.dir)}/secret.txt"]`,
      'data/file': { link: `${outside.dir}/secret.txt` },
      'data/folder': { link: `${outside.dir}/folder` },
      'netlify/functions/outside.mjs': answering('1'),
    })
    const refused = await project.buildErrors()
    expect(refused.map(({ code, details }) => [code, details.file, details.target])).toEqual([
      ['LINK_OUTSIDE_REPOSITORY', `${project.dir}/data/file`, `${outside.dir}/secret.txt`],
      ['LINK_OUTSIDE_REPOSITORY', `${project.dir}/data/folder`, `${outside.dir}/folder`],
    ])
    const build = await project.build({ allowOutsideLinks: true })
    expect((await build.files('outside')).filter((path) => path.startsWith('data/'))).toEqual([
      'data/file',
      'data/folder/a.txt',
    ])
    expect(await build.read('outside', 'data/file')).toBe('secret')
    const left = build.warnings.filter((warning) => warning.code === 'FILE_OUTSIDE_REPOSITORY')
    expect(left.map((warning) => warning.file)).toEqual([`${outside.dir}/secret.txt`])
  })

  it('§11.2: a local module whose name is a constant is copied, and a worker with what it imports', async () => {
    const project = await createProject({
      'package.json': '{"type":"module"}',
      ...installed('dep', 'module.exports = "dep"'),
      'netlify/functions/constant.js': `const name = '../../lib/constant.js'\n${answering('(await import(name)).value')}`,
      'lib/constant.js': 'import dep from "dep"\nexport const value = "constant+" + dep',
      'netlify/functions/work.js': `import { Worker } from 'node:worker_threads'
import { once } from 'node:events'
export default async () => {
  const worker = new Worker(new URL('./worker/run.js', import.meta.url))
  return new Response((await once(worker, 'message'))[0])
}`,
      'netlify/functions/worker/run.js':
        'import { parentPort } from "node:worker_threads"\nimport dep from "dep"\nparentPort.postMessage("worker+" + dep)',
    })
    const build = await project.build()
    expect(await build.run([{ name: 'constant' }, { name: 'work' }])).toEqual([
      { body: 'constant+dep' },
      { body: 'worker+dep' },
    ])
  })

  it('§11.2: files that the code provably reads come along, in ESM and CommonJS output', async () => {
    const code = `import fs from 'node:fs'
import path from 'node:path'
const beside = fs.readFileSync(path.join(__dirname, 'beside.html'), 'utf8')
const cwd = fs.readFileSync(path.join(process.cwd(), 'data.txt'), 'utf8')
export default async () => new Response(beside + cwd)`
    const project = await createProject({
      'data.txt': 'data',
      'netlify/functions/beside.html': 'beside',
      'netlify/functions/esm.mjs': code,
      'netlify/functions/cjs.ts': code,
      'netlify/functions/url.mts': answering(
        'readFileSync(new URL("./beside.html", import.meta.url))',
        "import { readFileSync } from 'node:fs'",
      ),
      'netlify/functions/wasm.mjs': answering(
        'readFileSync(new URL("./a.wasm", import.meta.url)).length',
        "import { readFileSync } from 'node:fs'",
      ),
      'netlify/functions/a.wasm': '\0asm',
    })
    const build = await project.build()
    expect(await build.run(['esm', 'cjs', 'url', 'wasm'].map((name) => ({ name })))).toEqual([
      { body: 'besidedata' },
      { body: 'besidedata' },
      { body: 'beside' },
      { body: '4' },
    ])
  })
})

describe('packages', () => {
  it('case 114: native packages stay outside the bundle, whole', async () => {
    const native = {
      ...installed('with-gyp', 'module.exports = require("fs").readdirSync(__dirname).join("+")', {
        gypfile: true,
      }),
      'node_modules/with-gyp/build/Release/addon.node': 'ELF',
      ...installed('with-files', 'module.exports = 2', { files: ['lib/x.node'], version: '2.1.0' }),
      'node_modules/with-files/lib/x.node': 'ELF',
    }
    const project = await createProject({
      ...native,
      'netlify/functions/native.ts': `import gyp from 'with-gyp'\nimport files from 'with-files'\nexport const handler = async () => ({ statusCode: 200, body: gyp + files })`,
      'netlify/functions/web.mts': answering('gyp', "import gyp from 'with-gyp'"),
    })
    const build = await project.build()
    expect(await build.files('native')).toEqual(
      expect.arrayContaining([
        'node_modules/with-gyp/build/Release/addon.node',
        'node_modules/with-files/lib/x.node',
      ]),
    )
    expect(await build.run([{ name: 'native' }])).toEqual([{ body: 'build+index.js+package.json2' }])
    expect(build.get('native').bundler).toBe('esbuild')
    expect(build.functions.find((fn) => fn.name === 'native')?.nativeModules).toEqual({
      'with-gyp': { [join(project.dir, 'node_modules/with-gyp')]: '1.0.0' },
      'with-files': { [join(project.dir, 'node_modules/with-files')]: '2.1.0' },
    })
  })

  it('a native package from npm: compiled code that lies in a package for this platform', async () => {
    const code = "transform({ filename: 'a.css', code: Buffer.from('a { color: red }'), minify: true }).code"
    const from = fileURLToPath(new URL('../../../node_modules', import.meta.url))
    const project = await createProject({
      'netlify/functions/web.mts': answering(code, "import { transform } from 'lightningcss'"),
      'netlify/functions/v1.ts': `import { transform } from 'lightningcss'\nexport const handler = async () => ({ statusCode: 200, body: String(${code}) })`,
      'netlify/functions/whole.cjs': `const { transform } = require('lightningcss')\n${lambda(code)}`,
    })
    for (const name of await readdir(from))
      if (/^(lightningcss|detect-libc)/.test(name))
        await cp(join(from, name), join(project.dir, 'node_modules', name), { recursive: true })
    const build = await project.build()
    expect(await build.run(['web', 'v1', 'whole'].map((name) => ({ name })))).toEqual(
      Array.from({ length: 3 }, () => ({ body: 'a{color:red}' })),
    )
    expect(build.get('v1').bundler).toBe('esbuild')
  })

  it('case 115: AWS packages are never dropped: nothing provides them here', async () => {
    const project = await createProject({
      ...installed('@aws-sdk/client-s3', 'module.exports = "v3"'),
      ...installed('aws-sdk', 'module.exports = "v2"'),
      'netlify/functions/web.mts': answering(
        's3 + sdk',
        "import s3 from '@aws-sdk/client-s3'\nimport sdk from 'aws-sdk'",
      ),
      'netlify/functions/whole.js': lambda('require("@aws-sdk/client-s3") + require("aws-sdk")'),
    })
    const build = await project.build()
    expect(await build.run([{ name: 'web' }, { name: 'whole' }])).toEqual([
      { body: 'v3v2' },
      { body: 'v3v2' },
    ])
  })

  it('cases 117, 118: dynamic requires of a folder are expanded, exclusions count, others are left alone', async () => {
    const project = await createProject({
      'netlify.toml': '[functions]\nnode_bundler = "esbuild"\nincluded_files = ["!lang/pt.*"]',
      'lang/en.js': 'module.exports = ["yes"]',
      'lang/de.ts': 'export = ["ja"]',
      'lang/fr.json': '["oui"]',
      'lang/pt.js': 'module.exports = ["sim"]',
      'lang/nested/es.js': 'module.exports = ["sí"]',
      'lang/README.md': '# languages',
      'netlify/functions/langs.ts': `const get = (load: () => string[]) => { try { return load()[0] } catch { return 'missing' } }
export const handler = async () => {
  const plus = (name: string) => get(() => require('../../lang/' + name))
  const template = (name: string) => get(() => require(\`../../lang/\${name}.js\`))
  return { statusCode: 200, body: [plus('en'), plus('en.js'), plus('fr'), plus('nested/es'), plus('pt'), plus('xx'), template('en')].join() }
}`,
      'netlify/functions/unresolvable.ts': `const any = (name: string) => require(name)
const json = (name: string) => require(\`\${name}.json\`)
export const handler = async () => ({ statusCode: 200, body: any('node:os').EOL.length + typeof json })`,
    })
    const build = await project.build()
    expect(await build.run([{ name: 'langs' }, { name: 'unresolvable' }])).toEqual([
      { body: 'yes,yes,oui,sí,missing,missing,yes' },
      { body: '1function' },
    ])
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
