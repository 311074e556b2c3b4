import { basename, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { discoverFunctions, type FunctionSource } from '../../../src/builder/discover/index.ts'
import { findProject } from '../../../src/builder/project/index.ts'
import { writeProject } from '../../helpers/project-files.ts'
import { discover, readFunction, refusalsOf } from '../../helpers/project-reading.ts'

// build.md §1, §2 and the cases of §18 about finding functions.

const V1 = 'exports.handler = async () => ({ statusCode: 200 })'
const V2 = 'export default () => new Response()'

/** Name → main file, relative to the functions directory. */
function mainFiles(functions: readonly FunctionSource[]): Record<string, string> {
  return Object.fromEntries(
    functions.map(({ name, mainFile, functionsDir }) => [name, relative(functionsDir, mainFile)]),
  )
}

/** Files of `netlify/functions`. */
function user(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`netlify/functions/${path}`, text]))
}

/** The head of a program, and the mark that its compiler leaves. */
function program({ machine = process.arch === 'arm64' ? 183 : 62, mark = '\xff Go buildinf:' } = {}): Buffer {
  const bytes = Buffer.alloc(256)
  bytes.write('\x7fELF', 'latin1')
  bytes.writeUInt16LE(2, 16)
  bytes.writeUInt16LE(machine, 18)
  bytes.write(mark, 128, 'latin1')
  return bytes
}

it('litter of systems and editors is never a function', async () => {
  const litter = ['._hello.js', '.#hello.js', '#hello.js#', 'hello.js~', '.hello.js.swp', '4913', '.DS_Store']
  const links = { 'netlify/functions/.#other.js': { link: 'me@host.42' } }
  const files = user(
    Object.fromEntries([...litter, 'hello.js', '__MACOSX/__MACOSX.js'].map((name) => [name, V1])),
  )
  const { functions, warnings } = await discover({ ...files, ...links })
  expect(mainFiles(functions)).toEqual({ hello: 'hello.js' })
  expect(warnings).toEqual([])
})

describe('one name, several files', () => {
  it('case 1: one file is one Lambda-format function, buffered', async () => {
    const { config } = await readFunction(user({ 'function.js': V1 }), 'function')
    expect(config).toMatchObject({ runtimeApi: 1, routes: [], priority: 10 })
    expect(config.invocationMode).toBeUndefined()
  })

  it.each([
    ['case 2', ['hello/hello.js', 'hello/index.js', 'hello.js'], 'hello/hello.js'],
    ['case 3', ['hello/index.js', 'hello.js'], 'hello/index.js'],
    ['case 4', ['hello/index.js', 'hello/index.ts'], 'hello/index.js'],
    ['case 5', ['function.js', 'function.ts'], 'function.js'],
    ['case 6', ['function.js', 'function.zip'], 'function.js'],
    ['case 7', ['hello/hello.js'], 'hello/hello.js'],
    ['case 8', ['hello/index.js'], 'hello/index.js'],
    ['§2.3: inside a folder .ts beats .mjs', ['hello/index.mjs', 'hello/index.ts'], 'hello/index.ts'],
    ['§2.3: the extension goes before the name', ['hello/hello.cts', 'hello/index.mts'], 'hello/index.mts'],
    ['§2.4: among files .mjs beats .ts', ['hello.mjs', 'hello.ts'], 'hello.mjs'],
    ['§2.4: .zip beats .mjs', ['hello.zip', 'hello.mjs'], 'hello.zip'],
    ['§2.4: .tsx beats .mts beats .cts', ['hello.cts', 'hello.mts', 'hello.tsx'], 'hello.tsx'],
  ])('%s: %j is %s', async (_case, files, main) => {
    const { functions } = await discover(user(Object.fromEntries(files.map((file) => [file, V1]))))
    expect(functions.map(({ mainFile, functionsDir }) => relative(functionsDir, mainFile))).toEqual([main])
  })

  it('says which files lose', async () => {
    const { warnings } = await discover(user({ 'hello.js': V1, 'hello.ts': V2 }))
    expect(warnings).toMatchObject([{ code: 'FUNCTION_SHADOWED', functionName: 'hello' }])
    expect(warnings[0]?.message).toContain('netlify/functions/hello.ts is ignored')
  })

  it('case 9: the folder four.js with four.js.js is the function "four"', async () => {
    const { functions } = await discover(user({ 'four.js/four.js.js': V1 }))
    expect(mainFiles(functions)).toEqual({ four: 'four.js/four.js.js' })
  })

  it('case 10: a list has all three candidates for one name, losers first', async () => {
    const { candidates } = await discover({
      ...user({ 'test.zip': 'PK', 'test.js': V1 }),
      'netlify/functions/test': program(),
    })
    expect(candidates.map(({ name, kind, extension }) => [name, kind, extension])).toEqual([
      ['test', 'binary', ''],
      ['test', 'zip', '.zip'],
      ['test', 'js', '.js'],
    ])
  })

  it('case 11, D15b: JavaScript wins over a Go binary; Netlify’s other choice is said', async () => {
    const { functions, warnings } = await discover({
      ...user({ 'test.zip': 'PK', 'test.js': V1 }),
      'netlify/functions/test': program(),
    })
    expect(functions.map(({ name, kind }) => [name, kind])).toEqual([['test', 'js']])
    expect(warnings.map(({ code }) => code)).toContain('FUNCTION_CHOICE_DIFFERS')
  })

  it('runtime.md case 89, D15b: .js, then .ts, then Go', async () => {
    const files = { 'test.js': V1, 'test.ts': V2, 'test/main.go': 'package main' }
    const kinds = async (names: (keyof typeof files)[]) => {
      const { functions } = await discover(user(Object.fromEntries(names.map((name) => [name, files[name]]))))
      return functions.map(({ kind, mainFile }) => [kind, basename(mainFile)])
    }
    expect(await kinds(['test.js', 'test.ts', 'test/main.go'])).toEqual([['js', 'test.js']])
    expect(await kinds(['test.ts', 'test/main.go'])).toEqual([['js', 'test.ts']])
    expect(await kinds(['test/main.go'])).toEqual([['go', 'main.go']])
  })
})

describe('what is not a function', () => {
  it('case 12: a lone .go file, and it is said', async () => {
    const { functions, warnings } = await discover(user({ 'test.go': 'package main' }))
    expect(functions).toEqual([])
    expect(warnings).toMatchObject([{ code: 'FILE_IGNORED' }])
  })

  it('case 13: a folder without entry file', async () => {
    const { functions } = await discover(user({ '_shared/db.ts': '', 'a/b/index.mts': V2 }))
    expect(functions).toEqual([])
  })

  it('case 14: node_modules', async () => {
    const { functions } = await discover(
      user({ 'node_modules/node_modules.js': V1, 'node_modules/index.js': V1 }),
    )
    expect(functions).toEqual([])
  })

  it('case 15: a shell script only', async () => {
    expect(await discover(user({ 'function.sh': '#!/bin/sh' }))).toEqual({
      functions: [],
      candidates: [],
      warnings: [],
    })
  })

  it('case 16: an empty folder', async () => {
    expect((await discover({ 'netlify/functions/': '' })).functions).toEqual([])
  })

  it('case 17: no folder at all', async () => {
    expect((await discover({ 'index.html': '' })).functions).toEqual([])
  })

  it('§2.2: extensions count in their exact case; near misses are said', async () => {
    const { functions, warnings } = await discover(user({ 'a.MJS': V2, 'b.jsx': V2, 'c.json': '{}' }))
    expect(functions).toEqual([])
    expect(warnings.map(({ code, file }) => [code, basename(file!)])).toEqual([
      ['FILE_IGNORED', 'a.MJS'],
      ['FILE_IGNORED', 'b.jsx'],
    ])
  })

  it('X7: a link to a folder, and it is said', async () => {
    const { functions, warnings } = await discover({
      'elsewhere/index.mjs': V2,
      'netlify/functions/linked': { link: '../../elsewhere' },
    })
    expect(functions).toEqual([])
    expect(warnings).toMatchObject([{ code: 'LINKED_FOLDER_IGNORED' }])
  })

  it('§2.2: a link to a file is a function named after the link', async () => {
    const { functions } = await discover({
      'elsewhere/original.mjs': V2,
      'netlify/functions/linked.mjs': { link: '../../elsewhere/original.mjs' },
    })
    expect(mainFiles(functions)).toEqual({ linked: 'linked.mjs' })
  })

  it('§2.2: a link that leads nowhere is listed and fails when it is read', async () => {
    const files = { 'netlify/functions/lost.mjs': { link: './gone.mjs' } }
    expect(mainFiles((await discover(files)).functions)).toEqual({ lost: 'lost.mjs' })
    expect(await refusalsOf(readFunction(files, 'lost'))).toMatchObject([{ code: 'BUNDLE_FAILED' }])
  })

  it('case 129: a program for another machine is left out, naming both', async () => {
    const bytes = Buffer.alloc(256)
    bytes.writeUInt32LE(0xfeedfacf)
    bytes.writeUInt32LE(0x0100000c, 4)
    const { functions, warnings } = await discover({ 'netlify/functions/tool': bytes })
    expect(functions).toEqual([])
    expect(warnings[0]?.message).toContain(`darwin/arm64; linux/${process.arch} is needed`)
  })

  it('§16: a program that neither Go nor Rust built', async () => {
    const { functions, warnings } = await discover({ 'netlify/functions/tool': program({ mark: 'GCC' }) })
    expect(functions).toEqual([])
    expect(warnings).toMatchObject([{ code: 'BINARY_IGNORED' }])
  })

  it('case 130: Rust sources', async () => {
    const { functions } = await discover(user({ 'rusty/Cargo.toml': '', 'rusty/src/main.rs': '' }))
    expect(functions).toEqual([])
  })
})

describe('names', () => {
  it('case 19: ___netlify-entry-point is refused', async () => {
    const files = user({ '___netlify-entry-point.js': V1 })
    expect(await refusalsOf(readFunction(files, '___netlify-entry-point'))).toMatchObject([
      { code: 'FUNCTION_NAME_RESERVED' },
    ])
  })

  it('case 21: the suffix -background as file and in both folder forms', async () => {
    const files = user({
      'one-background.js': V1,
      'two-background/two-background.js': V1,
      'three-background/index.js': V1,
    })
    for (const name of ['one-background', 'two-background', 'three-background'])
      expect((await readFunction(files, name)).config.invocationMode).toBe('background')
  })

  it('§2.6: other spellings of the suffix are ordinary names', async () => {
    const files = user({ 'c-BACKGROUND.mjs': V2, 'background.mjs': V2 })
    expect((await readFunction(files, 'c-BACKGROUND')).config.invocationMode).toBe('stream')
    expect((await readFunction(files, 'background')).config.invocationMode).toBe('stream')
  })

  it('X8: dot files, tests and type files are functions, and their names are said to be unreachable', async () => {
    const { functions, warnings } = await discover(
      user({ 'types.d.ts': '', '.x.mjs': V2, 'a.test.ts': V2, 'index.mjs': V2, '_helper.mjs': '' }),
    )
    expect(functions.map(({ name }) => name).toSorted()).toEqual([
      '.x',
      '_helper',
      'a.test',
      'index',
      'types.d',
    ])
    const unreachable = warnings.filter(({ code }) => code === 'FUNCTION_NAME_UNREACHABLE')
    expect(unreachable.map(({ functionName }) => functionName).toSorted()).toEqual([
      '.x',
      'a.test',
      'types.d',
    ])
  })
})

describe('several folders', () => {
  const FRAMEWORKS = '.netlify/v1/functions'
  const INTERNAL = '.netlify/functions-internal'

  it('cases 23, 24; runtime.md case 88: user over internal, with priorities 10, 10, 0', async () => {
    const files = {
      [`${INTERNAL}/function.js`]: 'exports.handler = "internal"',
      [`${INTERNAL}/function_internal.js`]: V1,
      ...user({ 'function.js': V1, 'function_user.js': V1 }),
    }
    const { functions } = await discover(files)
    expect(functions.map(({ name, category }) => [name, category])).toEqual([
      ['function', 'user'],
      ['function_user', 'user'],
      ['function_internal', 'internal'],
    ])
    const priorities = await Promise.all(
      functions.map(async ({ name }) => (await readFunction(files, name)).config.priority),
    )
    expect(priorities).toEqual([10, 10, 0])
  })

  it('case 25: generated functions carry "internalFunc" where nothing names a generator', async () => {
    const files = {
      [`${INTERNAL}/named.js`]: V1,
      [`${INTERNAL}/named.json`]: JSON.stringify({
        version: 1,
        config: { name: 'SSR', generator: '@netlify/mock@1.0.0' },
      }),
      [`${INTERNAL}/plain.js`]: V1,
    }
    const { config: named } = await readFunction(files, 'named')
    expect(named).toMatchObject({ displayName: 'SSR', generator: '@netlify/mock@1.0.0' })
    const { config: plain } = await readFunction(files, 'plain')
    expect(plain).toMatchObject({ generator: 'internalFunc', priority: 0 })
    expect(plain.displayName).toBeUndefined()
  })

  it('case 25: so do those in Go, and programs; archives have none (§2.7)', async () => {
    const named = JSON.stringify({ version: 1, config: { name: 'SSR', generator: '@netlify/mock@1.0.0' } })
    const files = {
      [`${INTERNAL}/named/main.go`]: 'package main',
      [`${INTERNAL}/named/main.json`]: named,
      [`${INTERNAL}/plain/main.go`]: 'package main',
      [`${INTERNAL}/program`]: program(),
      [`${INTERNAL}/program.json`]: named,
      [`${INTERNAL}/archive.zip`]: '',
      [`${INTERNAL}/archive.json`]: named,
      'netlify/functions/own/main.go': 'package main',
    }
    const generatorOf = async (name: string) => (await readFunction(files, name)).config.generator
    expect(await generatorOf('named')).toBe('@netlify/mock@1.0.0')
    expect(await generatorOf('plain')).toBe('internalFunc')
    expect(await generatorOf('program')).toBe('@netlify/mock@1.0.0')
    expect(await generatorOf('archive')).toBeUndefined()
    expect(await generatorOf('own')).toBeUndefined()
  })

  it('case 26: user over frameworks over internal; five functions', async () => {
    const { functions } = await discover({
      [`${INTERNAL}/all.mjs`]: V2,
      [`${INTERNAL}/generated.mjs`]: V2,
      [`${INTERNAL}/internal.mjs`]: V2,
      [`${FRAMEWORKS}/all.mjs`]: V2,
      [`${FRAMEWORKS}/generated.mjs`]: V2,
      [`${FRAMEWORKS}/frameworks.mjs`]: V2,
      ...user({ 'all.mjs': V2, 'user.mjs': V2 }),
    })
    expect(Object.fromEntries(functions.map(({ name, category }) => [name, category]))).toEqual({
      all: 'user',
      user: 'user',
      frameworks: 'frameworks',
      generated: 'frameworks',
      internal: 'internal',
    })
  })

  it.each([
    ['internal a/index.mjs, user a.mjs', `${INTERNAL}/a/index.mjs`, 'netlify/functions/a.mjs'],
    ['internal a.js, user a.ts', `${INTERNAL}/a.js`, 'netlify/functions/a.ts'],
  ])('X6, D15b: the category goes first (%s)', async (_case, internal, own) => {
    const { functions, warnings } = await discover({ [internal]: V2, [own]: V2 })
    expect(functions.map(({ category }) => category)).toEqual(['user'])
    expect(warnings.map(({ code }) => code)).toEqual(['FUNCTION_CHOICE_DIFFERS'])
  })

  it('a user function that takes the place of a generated one is not a surprise', async () => {
    const { warnings } = await discover({ [`${INTERNAL}/a.mjs`]: V2, 'netlify/functions/a.mjs': V2 })
    expect(warnings).toEqual([])
  })

  it('cases 27, 28: single paths beside folders; what is not a function among them is ignored', async () => {
    const dir = await writeProject({
      'netlify/functions/one.mjs': V2,
      '.netlify/v1/functions/two.mjs': V2,
      'stray/cat.jpg': 'meow',
      'stray/three.mjs': V2,
      'stray/four/index.mjs': V2,
      'stray/five/five.mjs': V2,
      '.netlify/plugins/node_modules/plugin/six.mjs': V2,
    })
    const paths = ['stray/cat.jpg', 'stray/three.mjs', 'stray/four', 'stray/five'].map((path) => ({
      category: 'user' as const,
      path: `${dir}/${path}`,
    }))
    const plugin = {
      category: 'internal' as const,
      path: `${dir}/.netlify/plugins/node_modules/plugin/six.mjs`,
    }
    const { functions } = await discoverFunctions(await findProject(dir), { paths: [...paths, plugin] })
    expect(functions.map(({ name, category }) => [name, category])).toEqual([
      ['one', 'user'],
      ['three', 'user'],
      ['four', 'user'],
      ['five', 'user'],
      ['two', 'frameworks'],
      ['six', 'internal'],
    ])
  })
})

describe('the functions directory', () => {
  const elsewhere = { 'my-fns/hello.mjs': V2, 'netlify/functions/usual.mjs': V2 }

  it.each([
    ['[functions] directory', '[functions]\ndirectory = "my-fns"'],
    ['[build] functions', '[build]\nfunctions = "my-fns"'],
    ['a leading slash means nothing', '[functions]\ndirectory = "/my-fns"'],
    ['[functions] wins over [build]', '[build]\nfunctions = "other"\n[functions]\ndirectory = "my-fns"'],
    ['[context.production] functions', '[context.production]\nfunctions = "my-fns"'],
  ])('§1.1: %s', async (_case, toml) => {
    const { functions } = await discover({ ...elsewhere, 'netlify.toml': toml })
    expect(functions.map(({ name }) => name)).toEqual(['hello'])
  })

  it('§1.1: empty text is "not set"', async () => {
    const { functions } = await discover({ ...elsewhere, 'netlify.toml': '[functions]\ndirectory = ""' })
    expect(functions.map(({ name }) => name)).toEqual(['usual'])
  })

  it('§1.1: --functions goes before everything', async () => {
    const toml = '[functions]\ndirectory = "netlify/functions"'
    const { functions } = await discover({ ...elsewhere, 'netlify.toml': toml }, { functionsDir: 'my-fns' })
    expect(functions.map(({ name }) => name)).toEqual(['hello'])
  })

  it('§1.1: netlify-automatic-functions is an old default that loses to the usual one', async () => {
    const old = { 'netlify-automatic-functions/old.mjs': V2 }
    expect((await discover(old)).functions.map(({ name }) => name)).toEqual(['old'])
    const both = await discover({ ...old, 'netlify/functions/usual.mjs': V2 })
    expect(both.functions.map(({ name }) => name)).toEqual(['usual'])
  })

  it('case 78: a file is refused, with its line', async () => {
    const files = { 'netlify.toml': '[build]\npublish = "."\n[functions]\ndirectory = "fns"', fns: 'a file' }
    const [refusal] = await refusalsOf(discover(files))
    expect(refusal).toMatchObject({ code: 'FUNCTIONS_DIR_INVALID', line: 4 })
    expect(refusal?.message).toContain('netlify.toml:4')
  })

  it('case 78: a link to a folder works', async () => {
    const { functions } = await discover({
      'netlify.toml': '[functions]\ndirectory = "fns"',
      'real/hello.mjs': V2,
      fns: { link: 'real' },
    })
    expect(functions.map(({ name }) => name)).toEqual(['hello'])
  })

  it('case 78: a missing one is a warning, and generated functions are built all the same', async () => {
    const files = { 'netlify.toml': '[functions]\ndirectory = "fns"', '.netlify/v1/functions/ssr.mjs': V2 }
    const project = await findProject(await writeProject(files))
    expect(project.warnings).toMatchObject([{ code: 'FUNCTIONS_DIR_MISSING', line: 2 }])
    expect((await discoverFunctions(project)).functions.map(({ name }) => name)).toEqual(['ssr'])
  })

  it('§1.1: outside the base directory is fine, inside the repository', async () => {
    const files = {
      '.git/HEAD': '',
      'site/index.html': '',
      'netlify.toml': '[build]\nbase = "site"\n[functions]\ndirectory = "../shared-fns"',
      'shared-fns/hello.mjs': V2,
    }
    expect((await discover(files)).functions.map(({ name }) => name)).toEqual(['hello'])
  })

  it('§1.1: one outside the repository is refused', async () => {
    const files = { 'netlify.toml': '[functions]\ndirectory = "../other"' }
    expect(await refusalsOf(discover(files))).toMatchObject([{ code: 'FUNCTIONS_DIR_INVALID', line: 2 }])
  })

  it('§1.1: `directory` in a function’s own table is refused', async () => {
    const files = { 'netlify.toml': '[functions.hello]\ndirectory = "x"' }
    expect(await refusalsOf(discover(files))).toMatchObject([
      { code: 'CONFIG_INVALID', line: 2, key: 'functions.hello.directory' },
    ])
  })
})

describe('prebuilt functions', () => {
  it('case 18, §2.7: an archive has schedule and region of netlify.toml, but no display name and no routes', async () => {
    const toml = '[functions.test]\nschedule = "@daily"\nregion = "cmh"\nname = "Test"\nmemory = "2gb"'
    const { config } = await readFunction({ 'netlify.toml': toml, ...user({ 'test.zip': 'PK' }) }, 'test')
    expect(config).toMatchObject({ schedule: '@daily', region: 'cmh', memoryMb: 2048, routes: [] })
    expect(config.displayName).toBeUndefined()
  })

  it('§16: Go has schedule and name of netlify.toml', async () => {
    const toml = '[functions.test]\nschedule = "@daily"\nname = "Test"'
    const files = { 'netlify.toml': toml, ...user({ 'test/main.go': 'package main' }) }
    expect((await readFunction(files, 'test')).config).toMatchObject({
      schedule: '@daily',
      displayName: 'Test',
    })
  })
})
