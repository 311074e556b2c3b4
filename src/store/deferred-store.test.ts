import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, it } from 'vitest'
import { makeNewer, writeGarbage } from '../../test/helpers/sample-database.ts'
import { temporaryFolder } from '../../test/helpers/temporary-folder.ts'
import { DeferredStore } from './deferred-store.ts'
import { deferStore, openStore } from './index.ts'
import { inspectDatabase } from './sqlite/inspect.ts'
import type { Store } from './store.ts'

const at = { siteId: 's', store: 'site:x', key: 'k' }
const row = { hash: 'a', size: 10, metadata: '', modifiedAt: 1 }
const put = { ...at, row, condition: undefined, quota: { bytes: 1_000_000, blobs: 1000 } }

let folder: string
let path: string

beforeEach(() => {
  folder = temporaryFolder('store')
  path = join(folder, 'data', 'roost.db')
})

function listTables(): unknown[] {
  using db = new DatabaseSync(path)
  return db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all()
    .map(({ name }) => name)
}

/** Counts how often it is opened. */
function createCounted(): { store: DeferredStore; opened: Store[] } {
  const opened: Store[] = []
  const store = new DeferredStore(path, async () => {
    const real = await openStore(path)
    opened.push(real)
    return real
  })
  return { store, opened }
}

describe('a deferred store', () => {
  it('leaves a new file empty until it is used, readable by its owner alone', async () => {
    const unused = await deferStore(path)
    expect([statSync(path).size, statSync(path).mode & 0o077]).toEqual([0, 0])
    await unused.close()
    expect(statSync(path).size).toBe(0)
    await using store = await deferStore(path)
    expect(await store.read('findBlob', at)).toBeUndefined()
    expect(listTables()).toContain('blobs')
  })

  it('is opened once by all that use it first', async () => {
    const { store, opened } = createCounted()
    const uses = Array.from({ length: 20 }, (_, i) =>
      i % 2 === 0 ? store.write('putBlob', { ...put, key: `k${i}` }) : store.read('findBlob', at),
    )
    await Promise.all(uses)
    await store.close()
    expect(opened).toHaveLength(1)
  })

  it('tells all that waited when it cannot be opened, and tries again for the next', async () => {
    await using store = await deferStore(path)
    writeGarbage(path)
    const failed = await Promise.allSettled([store.read('findBlob', at), store.write('putBlob', put)])
    for (const result of failed)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'STORE_FAILED' } })
    rmSync(path)
    expect(await store.write('putBlob', put)).toMatchObject({ outcome: 'written' })
    expect(await store.read('findBlob', at)).toEqual(row)
  })

  it('gives a code to what the file system says when its folder has been replaced', async () => {
    await using store = await deferStore(path)
    rmSync(join(folder, 'data'), { recursive: true })
    writeFileSync(join(folder, 'data'), '')
    await expect(store.read('findBlob', at)).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })

  it('closed while it opens: what was asked for is done, then it is closed', async () => {
    const { store, opened } = createCounted()
    const writing = store.write('putBlob', put)
    await Promise.all([store.close(), store.close()])
    expect(await writing).toMatchObject({ outcome: 'written' })
    expect(opened).toHaveLength(1)
    await expect(opened[0]!.write('putBlob', put)).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })

  it('closed while opening fails: the end is a quiet one', async () => {
    const store = await deferStore(path)
    writeGarbage(path)
    const reading = expect(store.read('findBlob', at)).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await store.close()
    await reading
  })

  it('is not opened any more after it has been closed', async () => {
    const { store, opened } = createCounted()
    await store.close()
    await expect(store.read('findBlob', at)).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await expect(store.write('putBlob', put)).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect(opened).toEqual([])
  })
})

describe('what is wrong with a database is found before its first use', () => {
  it('a file that is none', async () => {
    await (await deferStore(path)).close()
    writeGarbage(path)
    await expect(deferStore(path)).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('roost.db'),
    })
  })

  it('one of a newer Roost', async () => {
    await (await openStore(path)).close()
    makeNewer(path)
    await expect(deferStore(path)).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })

  it('one that another process keeps locked', async () => {
    await (await openStore(path)).close()
    using other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    expect(() => inspectDatabase(path, 0)).toThrow('locked')
    other.exec('ROLLBACK')
    expect(inspectDatabase(path, 0)).toBe('current')
  })

  it('an older schema is brought to the newest at once', async () => {
    await (await deferStore(path)).close()
    const older = new DatabaseSync(path)
    older.exec('PRAGMA journal_mode = WAL; CREATE TABLE before (x)')
    older.close()
    await using _store = await deferStore(path)
    expect(listTables()).toEqual(expect.arrayContaining(['before', 'blobs', 'kysely_migration']))
  })
})
