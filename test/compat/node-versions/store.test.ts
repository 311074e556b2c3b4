import { createHash } from 'node:crypto'
import {
  chmod,
  chown,
  link,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { create } from 'tar'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  createNodeStore,
  findRegistry,
  listReleases,
  NODE_MAJORS,
  type NodeRelease,
  type NodeStore,
} from '../../../src/compute/nodes/index.ts'
import { temporaryFolder } from '../../helpers/temporary-folder.ts'

// A registry on this machine with a Node of a few bytes: a script that says which version it is.

let folder: string
let dir: string
let registry: Server
let asked: string[]
let archive: Buffer
let release: NodeRelease
/** Answers instead of the archive. */
let answer: ((path: string) => { status: number; body: Buffer }) | undefined

beforeEach(async () => {
  folder = temporaryFolder('nodes')
  dir = join(folder, 'data', 'node')
  archive = await pack('v18.1.2')
  release = { major: 18, version: '18.1.2', npmPackage: 'node-test', integrity: integrityOf(archive) }
  asked = []
  answer = undefined
  registry = createServer((request, response) => {
    asked.push(request.url!)
    const { status, body } = answer?.(request.url!) ?? { status: 200, body: archive }
    response.writeHead(status, { 'content-length': body.length }).end(body)
  })
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve))
})

afterEach(async () => {
  registry.closeAllConnections()
  await new Promise((resolve) => registry.close(resolve))
})

function url(): string {
  return `http://127.0.0.1:${(registry.address() as AddressInfo).port}`
}

function open(options: Partial<Parameters<typeof createNodeStore>[0]> = {}): NodeStore {
  const findRegistry = () => Promise.resolve(url())
  return createNodeStore({ dir, findRegistry, releases: [release], ...options })
}

async function pack(says: string): Promise<Buffer> {
  const root = join(folder, 'package')
  await mkdir(join(root, 'bin'), { recursive: true })
  await mkdir(join(root, 'include'), { recursive: true })
  await writeFile(join(root, 'bin', 'node'), `#!/bin/sh\necho ${says}\n`, { mode: 0o755 })
  await writeFile(join(root, 'LICENSE'), 'a licence\n')
  await writeFile(join(root, 'include', 'node.h'), '')
  const file = join(folder, 'archive.tgz')
  await create({ file, gzip: true, cwd: folder }, ['package'])
  return readFile(file)
}

function integrityOf(bytes: Buffer): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`
}

it('fetches a release once, with progress, and keeps the binary and its licence', async () => {
  const progress: [number, number | undefined][] = []
  const store = open()
  expect(store.find(18)).toBeUndefined()
  const path = await store.install(18, { onProgress: (bytes, total) => progress.push([bytes, total]) })
  expect(path).toBe(store.find(18))
  expect((await stat(path)).mode & 0o777).toBe(0o755)
  expect((await readdir(join(path, '..', '..'))).sort()).toEqual(['LICENSE', 'bin'])
  expect(progress.at(-1)).toEqual([archive.length, archive.length])
  expect(await store.install(18)).toBe(path)
  expect(asked).toEqual(['/node-test/-/node-test-18.1.2.tgz'])
  expect(await readdir(dir)).toHaveLength(1)
  expect(store.list()).toEqual([{ ...release, path }])
})

it('keeps a release for all data folders of a user, and gives each a link to it', async () => {
  const cacheDir = join(folder, 'home/roost/node')
  const first = await open({ cacheDir }).install(18)
  const other = join(folder, 'other/node')
  const second = await open({ cacheDir, dir: other }).install(18)
  expect(asked).toHaveLength(1)
  expect(second).toContain(other)
  expect((await stat(second)).ino).toBe((await stat(first)).ino)
  const store = open({ cacheDir, dir: other })
  expect(await store.remove(18)).toBe(true)
  expect([store.find(18), await readdir(cacheDir)]).toEqual([undefined, []])
  expect((await stat(first)).isFile(), 'the other data folder keeps its own').toBe(true)
})

it('an archive in the data folder fills the cache too', async () => {
  const cacheDir = join(folder, 'home/roost/node')
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'node-test-18.1.2.tgz'), archive)
  await open({ cacheDir }).install(18)
  await open({ cacheDir, dir: join(folder, 'other/node') }).install(18)
  expect(asked).toEqual([])
})

const STRANGE: Record<string, (cache: string) => Promise<unknown>> = {
  'is a file': (cache) => writeFile(cache, ''),
  'may be written by others': (cache) => mkdir(cache).then(() => chmod(cache, 0o777)),
  // Only root can give a folder away.
  ...(process.getuid?.() === 0 && {
    'belongs to somebody else': (cache: string) => mkdir(cache).then(() => chown(cache, 12_345, 12_345)),
  }),
}

it.each(Object.keys(STRANGE))(
  'a cache that %s is left alone, and the data folder has its own',
  async (what) => {
    const home = join(folder, 'home')
    await STRANGE[what]!(home)
    const path = await open({ cacheDir: join(home, 'roost/node') }).install(18)
    expect(path).toContain(dir)
    expect(await readdir(home).catch(() => [])).toEqual([])
  },
)

it('an archive with another sum is not unpacked', async () => {
  archive = Buffer.concat([archive, Buffer.from('\0')])
  await expect(open().install(18)).rejects.toMatchObject({
    code: 'NODE_CORRUPT',
    details: { found: integrityOf(archive), expected: release.integrity },
  })
  expect(await readdir(dir)).toEqual([])
})

it('a binary that does not run here, or is another version, is not kept', async () => {
  archive = await pack('v17.0.0')
  release = { ...release, integrity: integrityOf(archive) }
  await expect(open().install(18)).rejects.toMatchObject({
    code: 'NODE_CORRUPT',
    message: expect.stringContaining('it says that it is v17.0.0'),
  })
  expect(await readdir(dir)).toEqual([])
})

it.each([
  ['link', symlink],
  ['hard link', link],
])('a %s in the place of the binary is not unpacked', async (_, place) => {
  const root = join(folder, 'package')
  await rm(join(root, 'bin/node'))
  await place(join(root, 'include/node.h'), join(root, 'bin/node'))
  await create({ file: join(folder, 'archive.tgz'), gzip: true, cwd: folder }, [
    'package/include',
    'package/bin',
  ])
  archive = await readFile(join(folder, 'archive.tgz'))
  release = { ...release, integrity: integrityOf(archive) }
  await expect(open().install(18)).rejects.toMatchObject({
    code: 'NODE_CORRUPT',
    details: { entry: 'package/bin/node' },
  })
  expect(await readdir(dir)).toEqual([])
})

it('without a registry the error names the file to put there, and with the file it works', async () => {
  const findRegistry = () => Promise.resolve('http://127.0.0.1:1')
  const store = open({ findRegistry })
  const file = join(dir, 'node-test-18.1.2.tgz')
  await expect(store.install(18)).rejects.toMatchObject({
    code: 'NODE_UNAVAILABLE',
    message: expect.stringContaining('http://127.0.0.1:1/node-test/-/node-test-18.1.2.tgz'),
    hint: expect.stringContaining(`put the file node-test-18.1.2.tgz into ${dir}`),
    details: { file },
  })
  expect(await readdir(dir)).toEqual([])
  await writeFile(file, archive)
  expect(await store.install(18)).toBe(store.find(18))
})

it('a file put there is checked like any other', async () => {
  await mkdir(dir, { recursive: true })
  const file = join(dir, 'node-test-18.1.2.tgz')
  await writeFile(file, 'something else')
  await expect(open().install(18)).rejects.toMatchObject({
    code: 'NODE_CORRUPT',
    hint: expect.stringContaining(`Replace ${file}`),
  })
  expect(asked).toEqual([])
})

it('an answer that is not an archive, or ends too early, is an error that says so', async () => {
  answer = () => ({ status: 404, body: Buffer.from('no such package') })
  await expect(open().install(18)).rejects.toMatchObject({
    code: 'NODE_UNAVAILABLE',
    message: expect.stringContaining('the response was 404'),
  })
  answer = () => ({ status: 200, body: archive.subarray(0, 10) })
  await expect(open().install(18)).rejects.toMatchObject({ code: 'NODE_CORRUPT' })
  expect(await readdir(dir)).toEqual([])
})

it('two hosts at once both have it; one that asks twice fetches once', async () => {
  const [one, other] = [open(), open()]
  const paths = await Promise.all([one.install(18), one.install(18), other.install(18)])
  expect(new Set(paths).size).toBe(1)
  expect(asked).toHaveLength(2)
  expect(await readdir(dir)).toHaveLength(1)
})

it('an abort leaves nothing behind', async () => {
  const abort = new AbortController()
  const reason = new Error('enough')
  const installing = open().install(18, { signal: abort.signal, onProgress: () => abort.abort(reason) })
  await expect(installing).rejects.toBe(reason)
  expect(await readdir(dir)).toEqual([])
})

it('what a host that died has left behind goes, what another one works at stays', async () => {
  for (const name of ['.tmp-1-old', '.tmp-2-new']) await mkdir(join(dir, name), { recursive: true })
  const longAgo = new Date(Date.now() - 2 * 3_600_000)
  await utimes(join(dir, '.tmp-1-old'), longAgo, longAgo)
  await open().install(18)
  expect((await readdir(dir)).filter((name) => name.startsWith('.'))).toEqual(['.tmp-2-new'])
})

it('removes', async () => {
  const store = open()
  await store.install(18)
  expect(await store.remove(18)).toBe(true)
  expect(await store.remove(18)).toBe(false)
  expect(await readdir(dir)).toEqual([])
  await store.install(18)
  expect(asked).toHaveLength(2)
})

it('what there is not is an error that says what there is', async () => {
  await expect(open().install(19)).rejects.toMatchObject({ code: 'NODE_UNKNOWN', hint: 'Available: 18.' })
  await expect(open({ releases: [] }).install(18)).rejects.toMatchObject({ code: 'NODE_UNKNOWN' })
})

it('every platform that Linux hosts have has every version, each pinned', () => {
  for (const arch of ['x64', 'arm64']) {
    const releases = listReleases('linux', arch)
    expect(releases.map(({ major }) => major)).toEqual([...NODE_MAJORS])
    for (const { version, integrity } of releases) {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/)
      expect(Buffer.from(integrity.replace('sha512-', ''), 'base64')).toHaveLength(64)
    }
  }
  expect(listReleases('win32', 'x64')).toEqual([])
})

it('the registry is the one of the environment, or of npm', async () => {
  expect(await findRegistry({ NPM_CONFIG_REGISTRY: 'https://one.example/npm/' })).toBe(
    'https://one.example/npm',
  )
  expect(await findRegistry({ npm_config_registry: 'https://two.example' })).toBe('https://two.example')
  expect(await findRegistry({ npm_config_registry: 'no URL' })).toBe('https://registry.npmjs.org')
  expect(await findRegistry({})).toMatch(/^https?:\/\/.*[^/]$/)
})
