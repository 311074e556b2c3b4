// Which files a bundle brings along (build.md §11; cases 82–90, 95–111, 114–119).
import { cp, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { answering, createProject, installed } from './support.ts'

const lambda = (expression: string) =>
  `exports.handler = async (event) => ({ statusCode: 200, body: String(${expression}) })\n`

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
