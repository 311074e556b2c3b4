// What the reader thread owes: the newest commit, beside a writer that waits, with look-ups between the steps of a listing.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/helpers/temporary-folder.ts'
import { openStore, type Store } from './index.ts'

const DIRECTORIES = 2500
const STORES = 1100
const at = { siteId: 's', store: 'site:many' }
const row = { hash: 'a', size: 10, metadata: '', modifiedAt: 1 }
const listing = { ...at, prefix: '', directories: true, from: undefined as string | undefined, limit: 1000 }

let folder: string
let path: string
let store: Store

beforeEach(async () => {
  folder = temporaryFolder('store')
  path = join(folder, 'roost.db')
  store = await openStore(path)
})
afterEach(async () => {
  await store.close()
})

/** `select` gives store and key of each blob, over `n(i)` with `count` numbers from 0. */
function fill(count: number, select: string): void {
  using db = new DatabaseSync(path)
  db.exec(
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})
    INSERT INTO blobs (site_id, store, key, hash, size, metadata, modified_at)
    SELECT 's', store, key, 'hash' || i, i, '', 1000 FROM (SELECT i, ${select} FROM n)`,
  )
}
const fillDirectories = (): void =>
  fill(DIRECTORIES * 20, `'site:many' AS store, printf('d%04d/%d', i / 20, i) AS key`)

it('reads while a write waits for the lock of another process', async () => {
  await store.write('putBlob', {
    ...at,
    key: 'k',
    row,
    condition: undefined,
    quota: { bytes: 1_000_000, blobs: 1000 },
  })
  using other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  const writing = store.write('deleteBlob', { ...at, key: 'k', now: 1 })
  expect(await store.read('findBlob', { ...at, key: 'k' })).toEqual(row)
  other.exec('ROLLBACK')
  await writing
  expect(await store.read('findBlob', { ...at, key: 'k' })).toBeUndefined()
})

it('answers look-ups while a long listing runs', async () => {
  fillDirectories()
  let isListed = false
  const pages = store.read('listBlobs', listing).then(() => {
    isListed = true
  })
  for (let i = 0; i < 10; i++) {
    await store.read('findBlob', { ...at, key: 'd0000/1' })
    expect(isListed).toBe(false)
  }
  await pages
})

it('lists many directories page by page, each once', async () => {
  fillDirectories()
  const directories: string[] = []
  let from: string | undefined
  do {
    const page = await store.read('listBlobs', { ...listing, from })
    directories.push(...page.directories)
    from = page.next
  } while (from !== undefined)
  expect(directories).toEqual(Array.from({ length: DIRECTORIES }, (_, i) => `d${String(i).padStart(4, '0')}`))
})

it('gives a page as JSON in the form that clients read', async () => {
  fill(3, `'site:many' AS store, 'd/' || i AS key`)
  const read = async (directories: boolean, limit: number): Promise<unknown> => {
    const bytes = await store.read('listBlobsJson', { ...listing, directories, limit })
    return JSON.parse(Buffer.from(bytes).toString())
  }
  const last_modified = '1970-01-01T00:00:01.000Z'
  expect(await read(false, 2)).toEqual({
    blobs: [
      { etag: '"hash0"', key: 'd/0', size: 0, last_modified },
      { etag: '"hash1"', key: 'd/1', size: 1, last_modified },
    ],
    directories: [],
    next_cursor: 'd/2',
  })
  expect(await read(true, 2)).toEqual({ blobs: [], directories: ['d'] })
})

it('lists the stores of a site in order, from a cursor on', async () => {
  fill(STORES * 3, `printf('site:%04d', i / 3) AS store, 'k' || i AS key`)
  const list = (prefix: string, from?: string) =>
    store.read('listBlobStores', { siteId: 's', prefix, from, limit: 1001 })
  const first = await list('site:')
  expect([first.length, first[0], first[1000]]).toEqual([1001, 'site:0000', 'site:1000'])
  expect(await list('site:', first[1000])).toHaveLength(STORES - 1000)
  expect(await list('site:', 'a cursor before the prefix')).toEqual(first)
  expect(await list('deploy:')).toEqual([])
})

it('finishes what has been asked for when it is closed, and refuses what comes after', async () => {
  fillDirectories()
  const asked = [store.read('listBlobs', listing), store.read('findBlob', { ...at, key: 'none' })] as const
  await store.close()
  const [page, blob] = await Promise.all(asked)
  expect([page.directories.length, blob]).toEqual([1000, undefined])
  await expect(store.read('findBlob', { ...at, key: 'k' })).rejects.toMatchObject({ code: 'STORE_FAILED' })
})
