// Netlify's own output as input (runtime.md §13.1, §13.2, case 166; build.md §13.3, §13.4, cases 18, 120, 121, 124).
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { ZipFile } from 'yazl'
import { readArtifact } from '../../../src/artifact/manifest/index.ts'
import type { RoostError } from '../../../src/base/errors/index.ts'
import { convertNetlifyOutput } from '../../../src/builder/netlify-output/index.ts'
import { unzip } from '../../../src/builder/netlify-output/unzip.ts'
import { temporaryFolder } from '../../helpers/temporary-folder.ts'
import { createProject, describeBuild, type Tree, writeTree } from './support.ts'

const ENTRY = `import * as bootstrap from './___netlify-bootstrap.mjs';export const handler = bootstrap.getLambdaHandler('./netlify/functions/web.mjs')`

/** As zip-it-and-ship-it 15.4 lays out a web function: bootstrap first, main file and packages below. */
const WEB: Tree = {
  '___netlify-entry-point.mjs': ENTRY,
  '___netlify-bootstrap.mjs': 'throw new Error("the bootstrap is not loaded")',
  '___netlify-telemetry.mjs': 'throw new Error("nor is this")',
  '___netlify-metadata.json': '{"bootstrap_version":"2.18.0","branch":"main","version":1}',
  'netlify/functions/web.mjs': `import left from 'left'\nimport { readFileSync } from 'node:fs'\nexport default async () => new Response(left + readFileSync('data.txt'))`,
  'data.txt': 'data',
  'node_modules/left/index.js': 'module.exports = "left+"',
  'node_modules/left/package.json': '{"name":"left"}',
}
const LAMBDA: Tree = {
  'old.js': `module.exports = require('./netlify/functions/old.js')`,
  'netlify/functions/old.js': `exports.handler = async () => ({ statusCode: 200, body: 'old' })`,
}
const ESM_LAMBDA: Tree = {
  'kept.mjs': `export { handler } from './netlify/functions/kept.mjs'`,
  'netlify/functions/kept.mjs': `export const handler = async () => ({ statusCode: 200, body: 'kept' })`,
}

const MANIFEST = {
  functions: [
    {
      bundler: 'nft',
      invocationMode: 'stream',
      buildData: { bootstrapVersion: '2.18.0', runtimeAPIVersion: 2 },
      mainFile: '/build/machine/netlify/functions/web.mts',
      name: 'web',
      displayName: 'The web',
      generator: '@netlify/something@1.0.0',
      timeout: 12,
      memory: '2gb',
      priority: 0,
      runtimeVersion: 'nodejs22.x',
      path: '/build/machine/.netlify/functions/web.zip',
      runtime: 'js',
      schedule: '@daily',
      eventSubscriptions: ['fetch', 'deploy_succeeded'],
      routes: [
        {
          pattern: '/x/:id',
          expression: '^\\/x(?:\\/([^\\/]+?))\\/?$',
          methods: ['GET'],
          prefer_static: true,
        },
        { pattern: '/y', literal: '/y', methods: [] },
      ],
      excludedRoutes: [{ pattern: '/x/no', literal: '/x/no' }],
      trafficRules: {
        action: {
          type: 'rate_limit',
          config: {
            rateLimitConfig: { windowLimit: 60, windowSize: 50, algorithm: 'sliding_window' },
            aggregate: { keys: [{ type: 'ip' }] },
          },
        },
      },
    },
    { bundler: 'zisi', buildData: {}, mainFile: '/x/old.js', name: 'old', path: '/x/old.zip', runtime: 'js' },
    { bundler: 'nft', buildData: {}, mainFile: '/x/kept.mjs', name: 'kept', path: '/x/kept', runtime: 'js' },
    {
      buildData: {},
      mainFile: '/x/gone',
      name: 'gone',
      path: '/x/gone.zip',
      runtime: 'go',
      invocationMode: 'background',
    },
  ],
  system: { arch: 'x64', platform: 'linux' },
  timestamp: 1,
  version: 1,
}

interface RawEntry {
  name: string
  content: string
  mode?: number
}

async function writeZip(path: string, entries: RawEntry[]): Promise<void> {
  const zip = new ZipFile()
  for (const { name, content, mode = 0o100644 } of entries)
    if (name.endsWith('/')) zip.addEmptyDirectory(name, { mtime: new Date(0) })
    else zip.addBuffer(Buffer.from(content), name, { mtime: new Date(0), mode })
  zip.end()
  await mkdir(dirname(path), { recursive: true })
  await pipeline(zip.outputStream, createWriteStream(path))
}

const toEntries = (tree: Tree): RawEntry[] =>
  Object.entries(tree).map(([name, content]) => ({ name, content: String(content) }))

async function writeOutput(): Promise<string> {
  const dir = join(temporaryFolder('build'), 'functions')
  await writeZip(join(dir, 'web.zip'), toEntries(WEB))
  await writeZip(join(dir, 'old.zip'), toEntries(LAMBDA))
  await writeTree(join(dir, 'kept'), ESM_LAMBDA)
  await writeZip(join(dir, 'gone.zip'), [
    { name: 'bootstrap', content: '#!/bin/sh\n', mode: 0o100755 },
    { name: 'netlify-toolchain', content: '{"runtime":"go"}' },
  ])
  return dir
}

const describeArtifact = async (outDir: string) =>
  describeBuild({
    artifactDir: outDir,
    manifest: (await readArtifact(outDir)).manifest,
    functions: [],
    warnings: [],
    errors: [],
  })

describe('archives and folders with their manifest', () => {
  it('cases 120, 121, 124, runtime.md case 166: they run without their bootstrap, their root the working directory', async () => {
    const outDir = temporaryFolder('build')
    const dir = await writeOutput()
    await writeFile(join(dir, 'manifest.json'), JSON.stringify(MANIFEST))
    await convertNetlifyOutput(dir, outDir)
    const build = await describeArtifact(outDir)
    expect(await build.files('web')).toEqual([
      'data.txt',
      'netlify/functions/web.mjs',
      'node_modules/left/index.js',
      'node_modules/left/package.json',
      'package.json',
    ])
    expect(await build.run([{ name: 'web' }, { name: 'old' }, { name: 'kept' }])).toEqual([
      { body: 'left+data' },
      { body: 'old' },
      { body: 'kept' },
    ])
  })

  it('§13.4: what their manifest says, ours says', async () => {
    const outDir = temporaryFolder('build')
    const dir = await writeOutput()
    await writeFile(join(dir, 'manifest.json'), JSON.stringify(MANIFEST))
    const { manifest } = await convertNetlifyOutput(dir, outDir)
    const [web, old, kept, gone] = manifest.functions
    expect(web).toMatchObject({
      name: 'web',
      displayName: 'The web',
      generator: '@netlify/something@1.0.0',
      entry: 'netlify/functions/web.mjs',
      format: 'web',
      moduleFormat: 'esm',
      bundler: 'prebuilt',
      routes: [
        { pattern: '/x/:id', methods: ['GET'], preferStatic: true },
        { pattern: '/y', methods: [] },
      ],
      excludedRoutes: [{ pattern: '/x/no' }],
      invocationMode: 'streaming',
      schedule: '@daily',
      timeoutSeconds: 12,
      memoryMb: 2048,
      nodeMajor: 22,
      priority: 0,
      eventSubscriptions: ['fetch', 'deploy_succeeded'],
      trafficRules: MANIFEST.functions[0]?.trafficRules,
      mainFile: 'web.mts',
    })
    expect(old).toMatchObject({
      entry: 'old.js',
      format: 'lambda',
      moduleFormat: 'cjs',
      invocationMode: 'buffered',
      priority: 10,
    })
    expect(kept).toMatchObject({ entry: 'kept.mjs', format: 'lambda', moduleFormat: 'esm' })
    expect(gone).toMatchObject({ entry: 'bootstrap', format: 'native', invocationMode: 'background' })
    expect((await readArtifact(outDir)).manifest).toEqual(manifest)
  })

  it('without a manifest every archive is a function at its default URL', async () => {
    const { manifest } = await convertNetlifyOutput(await writeOutput(), temporaryFolder('build'))
    expect(manifest.functions.map(({ name, format, routes }) => [name, format, routes])).toEqual([
      ['gone', 'native', []],
      ['kept', 'lambda', []],
      ['old', 'lambda', []],
      ['web', 'web', []],
    ])
  })

  it('entry points of older bundlers import the main file', async () => {
    const dir = temporaryFolder('build')
    await writeZip(join(dir, 'web.zip'), [
      {
        name: '___netlify-entry-point.mjs',
        content: `import * as bootstrap from './___netlify-bootstrap.mjs'\nimport * as func from './src/web.mjs'\nexport const handler = bootstrap.getLambdaHandler(func)`,
      },
      { name: 'src/web.mjs', content: 'export default async () => new Response("older")' },
    ])
    const outDir = temporaryFolder('build')
    await convertNetlifyOutput(dir, outDir)
    expect(await (await describeArtifact(outDir)).run([{ name: 'web' }])).toEqual([{ body: 'older' }])
  })

  it('D23: a pattern that could stall a matcher is refused, also when somebody else compiled it', async () => {
    const dir = await writeOutput()
    const functions = [{ ...MANIFEST.functions[0], routes: [{ pattern: '/x/:a((?:a*)+)/b', methods: [] }] }]
    await writeFile(join(dir, 'manifest.json'), JSON.stringify({ ...MANIFEST, functions }))
    await expect(convertNetlifyOutput(dir, temporaryFolder('build'))).rejects.toMatchObject({
      errors: [{ code: 'FUNCTION_PATH_UNSAFE', details: { functionName: 'web' } }],
    })
  })

  it('a manifest that is none, an archive without an entry point and one that is missing are named', async () => {
    const dir = await writeOutput()
    await writeFile(join(dir, 'manifest.json'), '{"version":2}')
    await expect(convertNetlifyOutput(dir, temporaryFolder('build'))).rejects.toMatchObject({
      code: 'ARTIFACT_INVALID',
    })
    await writeZip(join(dir, 'old.zip'), [{ name: 'other.js', content: '' }])
    const functions = [MANIFEST.functions[1], { ...MANIFEST.functions[1], name: 'away', path: '/x/away.zip' }]
    await writeFile(join(dir, 'manifest.json'), JSON.stringify({ ...MANIFEST, functions }))
    await expect(convertNetlifyOutput(dir, temporaryFolder('build'))).rejects.toMatchObject({
      errors: [
        { code: 'ARTIFACT_INVALID', message: expect.stringContaining('no entry point') },
        { code: 'ARTIFACT_INVALID', message: expect.stringContaining('away.zip') },
      ],
    })
  })
})

describe('a prebuilt archive in the functions directory', () => {
  it('case 18: is unpacked and runs; names and routes come from nowhere but the file’s name', async () => {
    const project = await createProject({
      'netlify/functions/plain.mjs': 'export default () => new Response("plain")',
    })
    await writeZip(join(project.dir, 'netlify/functions/web.zip'), toEntries(WEB))
    await writeZip(join(project.dir, 'netlify/functions/old.zip'), toEntries(LAMBDA))
    const build = await project.build()
    expect(build.get('web')).toMatchObject({
      bundler: 'prebuilt',
      format: 'web',
      routes: [],
      mainFile: 'netlify/functions/web.zip',
    })
    expect(await build.run([{ name: 'old' }, { name: 'plain' }, { name: 'web' }])).toEqual([
      { body: 'old' },
      { body: 'plain' },
      { body: 'left+data' },
    ])
  })
})

describe('hostile archives', () => {
  const LINK = 0o120777
  const unpack = async (
    entries: RawEntry[],
    patch: (bytes: Buffer) => Buffer = (bytes) => bytes,
    limits?: object,
  ) => {
    const path = join(temporaryFolder('build'), 'a.zip')
    await writeZip(path, entries)
    await writeFile(path, patch(await readFile(path)))
    return unzip(path, { maxBytes: 1000, maxEntries: 10, ...limits }).then(
      (files) => `${files.length} files`,
      ({ code, message, details }: RoostError) => `${code} ${details.entry ?? ''}: ${message}`,
    )
  }
  /** yazl refuses to write such names, so they are written over names of the same length. */
  const rename = (from: string, to: string) => (bytes: Buffer) =>
    Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1')

  it.each([
    ['a name that climbs', 'aa/evil.js', '../evil.js'],
    ['an absolute name', 'aetc/passwd', '/etc/passwd'],
    ['a name that climbs with backslashes', 'aa/evil.js', '..\\evil.js'],
    ['a drive', 'aa/evil.js', 'C:/evil.js'],
    ['a way out in the middle', 'a/bb/evil', 'a/../evil'],
    ['a NUL byte', 'aaaevil.js', 'aa\0evil.js'],
    ['the folder itself', 'aa', '..'],
  ])('%s', async (_, from, to) => {
    const result = await unpack([{ name: from, content: 'x' }], rename(from, to))
    expect(result).toContain(`ARCHIVE_UNSAFE ${to}: `)
    expect(result).toContain('a.zip cannot be unpacked')
    expect(result).toContain(JSON.stringify(to))
  })

  it.each([
    ['one segment', 'x'.repeat(256)],
    ['all of them', 'ab/'.repeat(400) + 'x'],
    ['too many', 'a/'.repeat(100) + 'x'],
  ])('a name that is too long: %s', async (_, name) => {
    expect(await unpack([{ name, content: 'x' }])).toMatch(/ARCHIVE_UNSAFE .*too long/)
  })

  const link = (name: string, target: string) => ({ name, content: target, mode: LINK })
  it.each<[string, RawEntry[], string]>([
    ['through a link', [link('d/up', '..'), link('a', 'd/up/..')], '"a" is a link that leads outside'],
    ['through two', [link('d/e/up', '..'), link('x', 'd/e/up'), link('y', 'x/../..')], '"y" is a link'],
    ['whatever their order', [link('a', 'z/..'), link('z', 'd/up'), link('d/up', '..')], '"a" is a link'],
    ['to the root by itself', [link('a', '/')], '"a" is a link that leads outside'],
    ['a file behind a chain', [link('b', 'c'), link('a', 'b'), { name: 'a/x', content: '' }], 'behind "a"'],
    ['a circle', [link('a', 'b'), link('b', 'a')], '"a" is a link that leads in a circle'],
    ['a link to itself', [link('a', 'a/b')], 'circle'],
    ['nowhere', [link('a', '')], 'not a path'],
    ['a NUL byte', [link('a', 'b\0c')], 'not a path'],
    ['a target without end', [link('a', 'b'.repeat(2000))], 'too long'],
    // Each adds to the one before: followed to their ends, 200 took half a minute, and an archive may have 10,000.
    [
      'to paths that grow from link to link',
      ['x', 'a', 'b', 'c'].map((name, n, names) => link(name, `${names[n - 1] ?? 'd'}/${'e/'.repeat(250)}f`)),
      '"b" is a link to a path that is too long',
    ],
    ['a link in the place of a folder', [{ name: 'a/', content: '' }, link('a', 'b')], '"a" is listed twice'],
    [
      'a file behind a file',
      [
        { name: 'a', content: '' },
        { name: 'a/b', content: '' },
      ],
      'behind "a"',
    ],
    ['a link in another case', [link('Dir', 'd'), { name: 'dir/x', content: '' }], 'behind "dir"'],
    ['a link beside a file in another case', [{ name: 'a', content: '' }, link('A', 'b')], 'in case only'],
    ['a device', [{ name: 'a', content: '', mode: 0o020666 }], 'device'],
    ['a block device', [{ name: 'a', content: '', mode: 0o060666 }], 'device'],
    ['a pipe', [{ name: 'a', content: '', mode: 0o010666 }], 'pipe'],
    ['a socket', [{ name: 'a', content: '', mode: 0o140666 }], 'socket'],
  ])('links that lead outside, and what is neither file nor link: %s', async (_, entries, reason) => {
    const result = await unpack(entries, undefined, { maxBytes: 10_000 })
    expect(result).toMatch(/^ARCHIVE_UNSAFE \S+: .*a\.zip cannot be unpacked: its entry /)
    expect(result).toContain(reason)
  })

  it('links that stay inside are links, one through another too; names in another case are two files on Linux', async () => {
    expect(await unpack([link('d/up', '..'), link('a', 'd/up/d'), link('b', './a/../c')])).toBe('3 files')
    const twins = [
      { name: 'README', content: '' },
      { name: 'readme', content: '' },
    ]
    expect(await unpack(twins, undefined, { isCaseBlind: false })).toBe('2 files')
    expect(await unpack(twins, undefined, { isCaseBlind: true })).toMatch(/ARCHIVE_UNSAFE readme.*case only/)
  })

  it('more links than can be followed in a row', async () => {
    const chain = Array.from({ length: 60 }, (_, n) => link(`l${n}`, `l${n + 1}`))
    expect(await unpack(chain, undefined, { maxEntries: 100 })).toMatch(/circle/)
  })

  it('a folder in the place of an archive: links through links are refused, by name', async () => {
    const dir = temporaryFolder('build')
    await writeTree(join(dir, 'web'), { ...WEB, 'd/up': { link: '..' }, out: { link: 'd/up/..' } })
    await expect(convertNetlifyOutput(dir, temporaryFolder('build'))).rejects.toMatchObject({
      errors: [{ code: 'ARCHIVE_UNSAFE', details: { file: join(dir, 'web'), entry: 'out' } }],
    })
  })

  it('links that lead outside, files behind links, names twice', async () => {
    expect(await unpack([{ name: 'a/link', content: '../../etc', mode: LINK }])).toMatch(/leads outside/)
    expect(await unpack([{ name: 'link', content: '/etc/passwd', mode: LINK }])).toMatch(/leads outside/)
    expect(
      await unpack([
        { name: 'link', content: 'dir', mode: LINK },
        { name: 'link/file', content: 'x' },
      ]),
    ).toMatch(/behind "link"/)
    expect(
      await unpack(
        [
          { name: 'same1', content: 'x' },
          { name: 'same2', content: 'x' },
        ],
        rename('same2', 'same1'),
      ),
    ).toMatch(/twice/)
    expect(await unpack([{ name: 'a/link', content: '../b', mode: LINK }])).toBe('1 files')
  })

  it('more bytes or entries than allowed, and sizes that lie', async () => {
    const folders = Array.from({ length: 11 }, (_, n) => ({ name: `f${n}/`, content: '' }))
    expect(await unpack(folders)).toMatch(/more than 10 files/)
    expect(await unpack([{ name: 'big', content: 'x'.repeat(1001) }])).toMatch(/more than 1000 B/)
    expect(await unpack(Array.from({ length: 11 }, (_, n) => ({ name: `f${n}`, content: '' })))).toMatch(
      /more than 10 files/,
    )
    const lie = (bytes: Buffer) => {
      const copy = Buffer.from(bytes)
      const central = copy.indexOf('PK\x01\x02', 0, 'latin1')
      copy.writeUInt32LE(5, central + 24) // uncompressed size
      return copy
    }
    expect(await unpack([{ name: 'liar', content: 'x'.repeat(900) }], lie)).toMatch(/cannot be unpacked/)
    expect(await unpack([{ name: 'a', content: 'x' }], () => Buffer.from('no zip'))).toMatch(
      /cannot be unpacked/,
    )
  })
})
