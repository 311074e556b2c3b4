import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, it } from 'vitest'
import { makeNewer, writeGarbage } from '../../test/helpers/sample-database.ts'
import { temporaryFolder } from '../../test/helpers/temporary-folder.ts'
import { openStore } from './index.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = temporaryFolder('store')
  path = join(folder, 'data', 'roost.db')
})

const row = { hash: 'a', size: 10, metadata: '', modifiedAt: 1 }
const put = {
  siteId: 's',
  store: 'site:x',
  row,
  condition: undefined,
  quota: { bytes: 1_000_000, blobs: 1000 },
}

describe('a store', () => {
  it('keeps what was written, over a restart', async () => {
    {
      await using store = await openStore(path)
      expect(await store.write('putBlob', { ...put, key: 'k' })).toMatchObject({ outcome: 'written' })
    }
    await using store = await openStore(path)
    expect(await store.read('findBlob', { siteId: 's', store: 'site:x', key: 'k' })).toEqual(row)
  })

  it('reads what a write that has been answered has written, also from another process', async () => {
    await using store = await openStore(path)
    await using other = await openStore(path)
    for (let i = 0; i < 50; i++) {
      await store.write('putBlob', { ...put, key: `k${i}` })
      expect(await other.read('findBlob', { siteId: 's', store: 'site:x', key: `k${i}` })).toBeDefined()
    }
  })

  it('answers many writes at once, in order, and finishes them when it is closed', async () => {
    const store = await openStore(path)
    const writes = Array.from({ length: 1000 }, (_, i) =>
      store.write('putBlob', {
        ...put,
        key: 'same',
        row: { ...row, modifiedAt: i },
        condition: undefined,
      }),
    )
    await store.close()
    expect((await Promise.all(writes)).every(({ outcome }) => outcome === 'written')).toBe(true)
    await using again = await openStore(path)
    const found = await again.read('findBlob', { siteId: 's', store: 'site:x', key: 'same' })
    expect(found?.modifiedAt).toBe(999)
  })

  it('undoes one operation that fails and keeps those that share its commit', async () => {
    await using store = await openStore(path)
    const bad = { ...put, key: 'bad', row: { ...row, size: 'x'.repeat(3) as unknown as number, hash: null } }
    const results = await Promise.allSettled([
      store.write('putBlob', { ...put, key: 'one' }),
      store.write('putBlob', bad as unknown as typeof put & { key: string }),
      store.write('putBlob', { ...put, key: 'two' }),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await store.read('readBlobUsage', { siteId: 's' })).toEqual({
      bytes: 2 * (10 + 3 + 4096),
      orphanBytes: 0,
      blobs: 2,
    })
  })

  it('is readable by its owner alone, and commits to the disk', async () => {
    await using _store = await openStore(path)
    expect(statSync(path).mode & 0o077).toBe(0)
    const db = new DatabaseSync(path)
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    db.close()
  })

  it('refuses a file that is not a database, naming it', async () => {
    const broken = join(folder, 'broken.db')
    writeGarbage(broken)
    await expect(openStore(broken)).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('broken.db'),
    })
  })

  it('refuses a database of a newer Roost and leaves it alone', async () => {
    await (await openStore(path)).close()
    makeNewer(path)
    await expect(openStore(path)).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })

  it('can be opened by several at once when it is new', async () => {
    const stores = await Promise.all([openStore(path), openStore(path), openStore(path)])
    for (const store of stores) await store.close()
    expect(stores).toHaveLength(3)
  })

  it('refuses writes after it has been closed', async () => {
    const store = await openStore(path)
    await store.close()
    await expect(store.write('putBlob', { ...put, key: 'k' })).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })
})
