// Files that a build leaves for the deploy store, as @netlify/build 37.3 finds them (src/utils/blobs.ts,
// src/utils/frameworks_api.ts), and the store that is filled with them.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createLog } from '../../../src/base/log/index.ts'
import { DEFAULT_LIMITS } from '../../../src/base/settings/index.ts'
import {
  type BlobStore,
  createBlobStore,
  createLocalContent,
  type DeployFiles,
  fillDeployStore,
  readDeployFiles,
} from '../../../src/platform/blobs/index.ts'
import { openStore } from '../../../src/store/index.ts'
import { type ProjectFiles, writeProject } from '../../helpers/project-files.ts'

const SITE = { siteId: 'site', deployId: 'd'.repeat(24) }
const STORE = { siteId: 'site', store: `deploy:${SITE.deployId}` }
const encode = (metadata: object): string => `b64;${Buffer.from(JSON.stringify(metadata)).toString('base64')}`

async function read(files: ProjectFiles): Promise<DeployFiles | undefined> {
  return readDeployFiles(await writeProject(files))
}

async function openBlobs(limits: Partial<typeof DEFAULT_LIMITS> = {}): Promise<BlobStore> {
  const folder = await writeProject({})
  const index = await openStore(join(folder, 'roost.db'))
  const log = createLog({ format: 'json', destination: process.stderr, level: 'error' })
  const content = createLocalContent(join(folder, 'blobs'))
  const blobs = createBlobStore({ index, content, limits: { ...DEFAULT_LIMITS, ...limits }, log })
  onTestFinished(async () => {
    await blobs.close()
    await index.close()
  })
  return blobs
}

async function readText(blobs: BlobStore, key: string): Promise<string | undefined> {
  const found = await blobs.get({ ...STORE, key })
  return found && Buffer.concat(await found.body.toArray()).toString()
}

async function* text(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content)
}

describe('which files', () => {
  it('of the older forms: a key is a path, its metadata stands beside it with a dollar', async () => {
    for (const dir of ['.netlify/deploy/v1/blobs/deploy', '.netlify/blobs/deploy']) {
      const found = await read({
        [`${dir}/L2Fib3V0`]: 'about',
        [`${dir}/$L2Fib3V0.json`]: '{"kind":"page"}',
        [`${dir}/a/b.txt`]: 'b',
        [`${dir}/linked`]: { link: 'L2Fib3V0' },
      })
      expect(found?.files.map(({ key, metadata }) => [key, metadata])).toEqual([
        ['L2Fib3V0', encode({ kind: 'page' })],
        ['a/b.txt', ''],
      ])
    }
  })

  it('of the newest form: KEY/blob and KEY/blob.meta.json', async () => {
    const dir = '.netlify/v1/blobs/deploy'
    const found = await read({
      [`${dir}/a/b.txt/blob`]: 'b',
      [`${dir}/a/b.txt/blob.meta.json`]: '{"n":1}',
      [`${dir}/c/blob`]: 'c',
      [`${dir}/c/other`]: 'no blob',
      [`${dir}/blob`]: 'without a key',
    })
    expect(found?.files.map(({ key, metadata }) => [key, metadata])).toEqual([
      ['a/b.txt', encode({ n: 1 })],
      ['c', ''],
    ])
  })

  it('the first folder with a file counts, alone; without one there is nothing', async () => {
    const found = await read({
      '.netlify/v1/blobs/deploy/': '',
      '.netlify/deploy/v1/blobs/deploy/new': '1',
      '.netlify/blobs/deploy/old': '1',
    })
    expect(found?.files.map(({ key }) => key)).toEqual(['new'])
    expect(await read({ '.netlify/v1/blobs/': '' })).toBeUndefined()
  })

  it('the digest is of keys, content and metadata, not of places', async () => {
    const dir = '.netlify/blobs/deploy'
    const base = await read({ [`${dir}/a`]: '1', [`${dir}/$a.json`]: '{}' })
    expect((await read({ [`${dir}/a`]: '1', [`${dir}/$a.json`]: '{}' }))?.digest).toBe(base?.digest)
    for (const other of [
      { [`${dir}/a`]: '2', [`${dir}/$a.json`]: '{}' } as ProjectFiles,
      { [`${dir}/a`]: '1' },
      { [`${dir}/b`]: '1' },
    ])
      expect((await read(other))?.digest).not.toBe(base?.digest)
  })

  it.each(['{', 'null', '"text"'])('metadata that is not an object is named: %s', async (metadata) => {
    const files = { '.netlify/blobs/deploy/a': '1', '.netlify/blobs/deploy/$a.json': metadata }
    await expect(read(files)).rejects.toMatchObject({
      code: 'BLOB_INVALID',
      details: { file: expect.stringMatching(/\$a\.json$/) },
    })
  })
})

describe('the store of the deploy', () => {
  const FILES = {
    '.netlify/blobs/deploy/a': 'one',
    '.netlify/blobs/deploy/$a.json': '{"n":1}',
    '.netlify/blobs/deploy/b': 'two',
  }

  it('holds them, with their metadata, and no other deploy does', async () => {
    const blobs = await openBlobs()
    expect(await fillDeployStore(blobs, SITE, (await read(FILES))!)).toBe(true)
    expect([await readText(blobs, 'a'), await readText(blobs, 'b')]).toEqual(['one', 'two'])
    expect((await blobs.head({ ...STORE, key: 'a' }))?.metadata).toBe(encode({ n: 1 }))
    expect((await blobs.listStores('site')).stores).toEqual([STORE.store])
    expect(await fillDeployStore(blobs, { ...SITE, deployId: 'e'.repeat(24) }, (await read(FILES))!)).toBe(
      true,
    )
  })

  it('is filled once: what functions have written or deleted since stays so', async () => {
    const blobs = await openBlobs()
    const files = (await read(FILES))!
    await fillDeployStore(blobs, SITE, files)
    await blobs.put({ ...STORE, key: 'a' }, text('renewed'))
    await blobs.delete({ ...STORE, key: 'b' })
    expect(await fillDeployStore(blobs, SITE, files)).toBe(false)
    expect([await readText(blobs, 'a'), await readText(blobs, 'b')]).toEqual(['renewed', undefined])
  })

  it('a fill that failed in the middle is taken up again', async () => {
    const blobs = await openBlobs()
    const files = (await read(FILES))!
    const broken = {
      ...files,
      files: [...files.files, { key: 'c', path: `${files.dir}/gone`, metadata: '' }],
    }
    await expect(fillDeployStore(blobs, SITE, broken)).rejects.toThrow('ENOENT')
    expect(await fillDeployStore(blobs, SITE, files)).toBe(true)
    expect([await readText(blobs, 'a'), await readText(blobs, 'b')]).toEqual(['one', 'two'])
  })

  it('a file that cannot be a blob is named', async () => {
    const blobs = await openBlobs({ blobBytes: 2 })
    const files = (await read(FILES))!
    await expect(fillDeployStore(blobs, SITE, files)).rejects.toMatchObject({
      code: 'BLOB_TOO_LARGE',
      details: { file: expect.stringContaining('.netlify/blobs/deploy/') },
    })
  })

  it('takes thousands of files', async () => {
    const many = Array.from({ length: 1000 }, (_, n) => [`.netlify/blobs/deploy/page-${n}`, `page ${n}`])
    const files = (await read(Object.fromEntries(many)))!
    const blobs = await openBlobs()
    await fillDeployStore(blobs, SITE, files)
    expect(await readText(blobs, 'page-999')).toBe(
      await readFile(files.files.find(({ key }) => key === 'page-999')!.path, 'utf8'),
    )
  })
})
