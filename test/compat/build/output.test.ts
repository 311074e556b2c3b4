// What a build leaves on disk (build.md §13; cases 18–20, 112, 113, 120–127).
import { access, mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readArtifact } from '../../../src/artifact/manifest/index.ts'
import { temporaryFolder } from '../../helpers/temporary-folder.ts'
import { answering, createProject, installed, type Tree } from './support.ts'

const web = (text: string) => answering(JSON.stringify(text))
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

describe('layout', () => {
  it('case 127: a web function alone is its main file, a source map and the package.json that keeps others out', async () => {
    const project = await createProject({ 'netlify/functions/hello.mts': web('hello') })
    const build = await project.build()
    expect(await build.files('hello')).toEqual([
      'netlify/functions/hello.mjs',
      'netlify/functions/hello.mjs.map',
      'package.json',
    ])
    expect(await build.read('hello', 'package.json')).toBe('{}\n')
  })

  it('cases 112, 113: paths are those of the project, so a file called like the function is in nobody’s way', async () => {
    const project = await createProject({
      'netlify.toml': '[functions]\nincluded_files = ["hello.js", "a.js", "lib/*"]',
      'hello.js': 'exports.of = "root"',
      'a.js': 'exports.of = "other"',
      'lib/data.txt': 'data',
      'netlify/functions/hello.js': `exports.handler = async () => ({ statusCode: 200, body: require('../../hello.js').of + require('node:fs').readFileSync('lib/data.txt') })`,
      'netlify/functions/web.mjs': web('web'),
    })
    const build = await project.build()
    expect(await build.files('hello')).toEqual([
      'a.js',
      'hello.js',
      'lib/data.txt',
      'netlify/functions/hello.js',
      'package.json',
    ])
    expect(await build.run([{ name: 'hello' }, { name: 'web' }])).toEqual([
      { body: 'rootdata' },
      { body: 'web' },
    ])
  })

  it('§13.2: a new import does not move the working directory', async () => {
    const reading = answering('readFileSync("data.txt")', "import { readFileSync } from 'node:fs'")
    const project = await createProject({
      'data.txt': 'data',
      'netlify.toml': '[functions]\nincluded_files = ["data.txt"]',
      ...installed('dep', ''),
      'netlify/functions/alone.mts': reading,
      'netlify/functions/with-package.mts': `import 'dep'\n${reading}`,
      'netlify/functions/folder/index.mts': reading,
    })
    const build = await project.build()
    expect(await build.run(['alone', 'with-package', 'folder'].map((name) => ({ name })))).toEqual(
      Array.from({ length: 3 }, () => ({ body: 'data' })),
    )
    expect(build.get('folder').entry).toBe('netlify/functions/folder/index.mjs')
  })

  it('cases 19, 20: the word of Netlify’s entry file is not a name for functions, nor for files that are shipped', async () => {
    const project = await createProject({
      'netlify/functions/___netlify-entry-point.mjs': web(''),
      'netlify/functions/v1.js': `exports.handler = async () => ({ body: require('../../___netlify-entry-point/helper') })`,
      'netlify/functions/inlined.mjs': answering(
        'helper',
        "import helper from '../../___netlify-entry-point/helper.js'",
      ),
      '___netlify-entry-point/helper.js': 'module.exports = "helper"',
    })
    const errors = await project.buildErrors()
    expect(errors.map((error) => [error.code, error.details.functionName])).toEqual([
      ['FUNCTION_NAME_RESERVED', '___netlify-entry-point'],
      ['FUNCTION_NAME_RESERVED', 'v1'],
    ])
  })

  it('function names with odd characters get folders of their own inside the artifact', async () => {
    const project = await createProject({
      'netlify/functions/.hidden.mjs': web('dot'),
      'netlify/functions/a b&c.mjs': web('odd'),
      'netlify/functions/x.test.mjs': web('test'),
    })
    const build = await project.build()
    for (const { dir } of build.manifest.functions)
      expect(dir).toMatch(/^functions\/[\w%-][\w.%-]*\/[0-9a-f]{16}$/)
    expect(await build.run(build.functions.map(({ name }) => ({ name })))).toHaveLength(3)
  })
})

describe('manifest', () => {
  it('case 122: version, system and sorted functions, readable by the server; nothing of this machine’s paths', async () => {
    const project = await createProject({
      'netlify/functions/b.mts': `${web('b')}export const config = { path: '/b/:id', method: 'GET', preferStatic: true }`,
      'netlify/functions/a.js': 'exports.handler = async () => ({ statusCode: 200 })',
    })
    const build = await project.build()
    const { manifest } = await readArtifact(build.artifactDir)
    expect(manifest).toEqual(build.manifest)
    expect(manifest).toMatchObject({
      version: 1,
      system: { platform: process.platform, arch: process.arch },
      functions: [
        {
          name: 'a',
          format: 'lambda',
          bundler: 'nft',
          invocationMode: 'buffered',
          routes: [],
          priority: 10,
          mainFile: 'netlify/functions/a.js',
        },
        {
          name: 'b',
          format: 'web',
          bundler: 'nft',
          invocationMode: 'streaming',
          routes: [{ pattern: '/b/:id', methods: ['GET'], preferStatic: true }],
        },
      ],
    })
    expect(JSON.stringify(manifest)).not.toContain(project.dir)
  })

  it('a manifest is written also when there are no functions', async () => {
    const project = await createProject({ 'index.html': '', 'netlify.toml': '[build]\npublish = "."\n' })
    expect((await project.build()).manifest.functions).toEqual([])
    expect(await exists(join(project.outDir, 'manifest.json'))).toBe(true)
  })
})

describe('same bytes', () => {
  const tree: Tree = {
    ...installed('dep', 'module.exports = 1'),
    'package.json': '{"name":"x"}',
    'netlify/functions/esm.mts': `import dep from 'dep'\n${answering('dep + __dirname')}`,
    'netlify/functions/v1.ts': `import dep from 'dep'\nexport const handler = async () => dep`,
    'netlify/functions/whole.js': `require('dep')\nexports.handler = () => {}`,
  }

  it('case 123: the same project in two folders gives the same manifest, digests and all', async () => {
    const [one, two] = await Promise.all([createProject(tree), createProject(tree)])
    const [first, second] = [await one.build(), await two.build()]
    expect(second.manifest).toEqual(first.manifest)
    for (const { name } of first.functions)
      for (const path of await first.files(name))
        expect(await second.read(name, path)).toBe(await first.read(name, path))
  })
})

describe('building again', () => {
  const tree: Tree = {
    'package.json': '{}',
    'tsconfig.json': '{"extends":"./config/base.json"}',
    'config/base.json': '{"compilerOptions":{"jsx":"react"}}',
    'netlify.toml': '[functions."reads*"]\nincluded_files = ["data/**"]',
    'data/a.txt': 'a',
    'lib/shared.ts': 'export const shared = "one"',
    ...installed('dep', 'module.exports = "dep one"'),
    'netlify/functions/alone.mts': web('alone'),
    'netlify/functions/shares.mts': answering('shared', "import { shared } from '../../lib/shared'"),
    'netlify/functions/reads.mts': answering('readdirSync("data")', "import { readdirSync } from 'node:fs'"),
    'netlify/functions/uses.mts': answering('dep', "import dep from 'dep'"),
  }
  /** Files written just now could still change unseen: no cache trusts them (see cache/file-table.ts). */
  const age = async (root: string) => {
    const past = new Date(Date.now() - 60_000)
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), past, past)
  }
  const cachedNames = (build: { functions: { name: string; cached: boolean }[] }) =>
    build.functions.filter((fn) => fn.cached).map((fn) => fn.name)

  it('unchanged functions are found again, changed ones are built, whatever it is that changed', async () => {
    const project = await createProject(tree)
    await age(project.dir)
    const all = ['alone', 'reads', 'shares', 'uses']
    const change = async (files: Tree) => {
      await project.write(files)
      await age(project.dir)
      const build = await project.build()
      return all.filter((name) => !cachedNames(build).includes(name))
    }
    expect(await change({})).toEqual(all)
    expect(await change({})).toEqual([])
    expect(await change({ 'lib/shared.ts': 'export const shared = "two"' })).toEqual(['shares'])
    expect(await change({ 'lib/shared.js': 'export const shared = "shadow"' })).toContain('shares')
    expect(await change({ 'data/b.txt': 'b' })).toContain('reads')
    expect(await change(installed('dep', 'module.exports = "dep two"'))).toEqual(['uses'])
    expect(await change({ 'node_modules/.package-lock.json': '{}' })).toEqual(['uses'])
    expect(await change(installed('@scope/new', ''))).toEqual(all)
    expect(await change(installed('@scope/newer', ''))).toEqual(all)
    expect(await change({ 'config/base.json': '{"compilerOptions":{"jsx":"preserve"}}' })).toEqual(all)
    expect(await change({ 'netlify.toml': '[functions]\nmemory = 2048' })).toEqual(all)
    const build = await project.build()
    expect(build.get('alone').memoryMb).toBe(2048)
    expect(await build.run(['shares', 'uses'].map((name) => ({ name })))).toEqual([
      { body: 'shadow' },
      { body: 'dep two' },
    ])
  })

  it('warnings of cached functions are told again', async () => {
    const project = await createProject({ 'netlify/functions/warns.ts': answering('import.meta.url') })
    await age(project.dir)
    const codes = async () => (await project.build()).warnings.map((warning) => warning.code)
    const first = await codes()
    expect(first).toContain('IMPORT_META_EMPTY')
    expect(await codes()).toEqual(first)
  })

  it('case 125: files of an earlier version are not in the new one', async () => {
    const project = await createProject({
      'netlify/functions/hello.js': 'require("./old"); exports.handler = () => {}',
      'netlify/functions/old/nothing.txt': '',
      'netlify/functions/old.js': '',
    })
    expect(await (await project.build({ onlyFunctions: ['hello'] })).files('hello')).toContain(
      'netlify/functions/old.js',
    )
    await project.write({ 'netlify/functions/hello.js': 'exports.handler = () => {}' })
    expect(await (await project.build({ onlyFunctions: ['hello'] })).files('hello')).not.toContain(
      'netlify/functions/old.js',
    )
  })

  it('a build that fails leaves the last good artifact whole; all broken functions are listed', async () => {
    const project = await createProject({
      'netlify/functions/a.mts': web('a'),
      'netlify/functions/b.mts': web('b'),
      'netlify/functions/c.mts': web('c'),
    })
    const good = await project.build()
    const before = await readFile(join(project.outDir, 'manifest.json'), 'utf8')
    await project.write({
      'netlify/functions/a.mts': 'export default }',
      'netlify/functions/b.mts': 'import "gone"',
    })
    const errors = await project.buildErrors()
    expect(errors.map((error) => error.details.functionName)).toEqual(['a', 'b'])
    expect(await readFile(join(project.outDir, 'manifest.json'), 'utf8')).toBe(before)
    expect(await good.run([{ name: 'a' }, { name: 'b' }, { name: 'c' }])).toEqual([
      { body: 'a' },
      { body: 'b' },
      { body: 'c' },
    ])
    const rest = await project.build({ allowBroken: true })
    expect(rest.manifest.functions.map((fn) => fn.name)).toEqual(['c'])
    expect(rest.errors.map((error) => error.code).sort()).toEqual(['BUNDLE_FAILED', 'BUNDLE_IMPORT_MISSING'])
  })

  it('versions that fell out of use stay for a while, for instances that still run from them, and then go', async () => {
    const project = await createProject({ 'netlify/functions/a.mts': web('one') })
    const first = await project.build()
    const folder = join(project.outDir, first.get('a').dir)
    await project.write({ 'netlify/functions/a.mts': web('two') })
    await project.build()
    expect(await exists(folder)).toBe(true)
    const longAgo = new Date(Date.now() - 60 * 60_000)
    await utimes(folder, longAgo, longAgo)
    const third = await project.build()
    expect(await exists(folder)).toBe(false)
    expect(await third.run([{ name: 'a' }])).toEqual([{ body: 'two' }])
  })

  it('only the functions asked for are built', async () => {
    const project = await createProject({
      'netlify/functions/a.mts': web('a'),
      'netlify/functions/b.mts': 'broken }',
    })
    const build = await project.build({ onlyFunctions: ['a'] })
    expect(build.manifest.functions.map((fn) => fn.name)).toEqual(['a'])
    expect(await project.buildErrors({ onlyFunctions: ['a', 'aa'] })).toMatchObject([
      { code: 'USAGE', message: 'There is no function "aa". Did you mean "a"?' },
    ])
  })

  it('the default place is .netlify/roost/build, kept out of git, and never part of a function (D22)', async () => {
    const project = await createProject({
      'netlify.toml': '[functions]\nincluded_files = ["**"]',
      'netlify/functions/a.mts': web('a'),
    })
    const build = await project.build({ outDir: undefined })
    expect(build.artifactDir).toBe(join(project.dir, '.netlify/roost/build'))
    expect(await readFile(join(project.dir, '.netlify/roost/.gitignore'), 'utf8')).toBe('*\n')
    await project.write({ 'another.txt': '' }) // so that the function is bundled again
    const again = await project.build({ outDir: undefined })
    expect(again.functions[0]?.cached).toBe(false)
    expect((await again.files('a')).join()).not.toContain('.netlify/roost/build')
    await project.build({ outDir: join(project.dir, 'out (1)') })
    await project.write({ 'one-more.txt': '' })
    const elsewhere = await project.build({ outDir: join(project.dir, 'out (1)') })
    expect((await elsewhere.files('a')).join()).not.toContain('out (1)')
  })

  it('a project reached through a link is built like the folder itself', async () => {
    const project = await createProject({
      ...installed('dep', 'module.exports = "dep"'),
      'lib/h.ts': 'export const h = "h"',
      'netlify/functions/a.mts': answering(
        'dep + h',
        "import dep from 'dep'\nimport { h } from '../../lib/h'",
      ),
    })
    const link = join(temporaryFolder('build'), 'link')
    await symlink(project.dir, link)
    const build = await project.build({ dir: link })
    expect(await build.run([{ name: 'a' }])).toEqual([{ body: 'deph' }])
    expect(await build.files('a')).toContain('node_modules/dep/index.js')
  })

  it('the user’s own files are copied, not shared: an editor that writes in place changes no artifact', async () => {
    const project = await createProject({
      'netlify/functions/a.js': 'exports.handler = async () => ({ body: "before" })',
    })
    const build = await project.build()
    await writeFile(
      join(project.dir, 'netlify/functions/a.js'),
      'exports.handler = async () => ({ body: "after" })',
    )
    expect(await build.run([{ name: 'a' }])).toEqual([{ body: 'before' }])
  })

  it('half-written folders of a killed build are swept', async () => {
    const project = await createProject({ 'netlify/functions/a.mts': web('a') })
    const left = join(project.outDir, '.new-0123')
    await mkdir(left, { recursive: true })
    const longAgo = new Date(Date.now() - 60 * 60_000)
    await utimes(left, longAgo, longAgo)
    await project.build()
    expect(await exists(left)).toBe(false)
  })
})
