import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, expect, it } from 'vitest'
import { temporaryFolder } from '../../../test/helpers/temporary-folder.ts'
import { waitFor } from '../../../test/helpers/wait.ts'
import { openStore } from '../index.ts'

/** A database as the release before left it, `blobs` rows of content, key and metadata in it. */
const BEFORE = `
  CREATE TABLE kysely_migration (name varchar(255) not null primary key, timestamp varchar(255) not null);
  CREATE TABLE kysely_migration_lock (id varchar(255) not null primary key, is_locked integer default 0 not null);
  INSERT INTO kysely_migration VALUES ('0001-blobs', '2026-01-01T00:00:00.000Z');
  INSERT INTO kysely_migration_lock VALUES ('migration_lock', 0);
  CREATE TABLE blobs (site_id text not null, store text not null, key text not null, hash text not null,
    size bigint not null, metadata text not null, modified_at bigint not null,
    constraint blobs_key primary key (site_id, store, key));
  CREATE INDEX blobs_hash ON blobs (hash);
  CREATE TABLE blob_usage (site_id text primary key, bytes bigint not null);
  PRAGMA journal_mode = WAL;`

let folder: string
let path: string

beforeEach(() => {
  folder = temporaryFolder('migration')
  path = join(folder, 'roost.db')
})

function makeOld(blobs: number): void {
  using db = new DatabaseSync(path)
  db.exec(`${BEFORE}
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${blobs - 1})
    INSERT INTO blobs SELECT 'site-' || (i % 2), 'site:x', 'ü' || i, 'hash' || i, 1000, 'b64;e30=', 1 FROM n;
    INSERT INTO blob_usage SELECT site_id, SUM(size) FROM blobs GROUP BY site_id;`)
}

/** Content, key of `ü` and one digit, metadata, 4 KB. */
const WEIGHT = 1000 + 3 + 8 + 4096

it('weighs what is there as new blobs are weighed', async () => {
  makeOld(10)
  await using store = await openStore(path)
  const usage = (siteId: string) => store.read('readBlobUsage', { siteId })
  expect(await usage('site-0')).toEqual({ bytes: 5 * WEIGHT, orphanBytes: 0, blobs: 5 })
  const at = { siteId: 'site-1', store: 'site:x', now: 1 }
  await store.write('deleteBlob', { ...at, key: 'ü1' })
  expect(await usage('site-1')).toEqual({ bytes: 4 * WEIGHT, orphanBytes: 1000 + 4096, blobs: 4 })
  await store.write('deleteBlobs', { ...at, limit: 100 })
  expect(await usage('site-1')).toEqual({ bytes: 0, orphanBytes: 5 * (1000 + 4096), blobs: 0 })
})

it('one that fails leaves the database as it was, and the next start completes it', async () => {
  makeOld(10)
  const read = (query: string): unknown => {
    using db = new DatabaseSync(path)
    return db.prepare(query).all()
  }
  {
    using db = new DatabaseSync(path)
    db.exec('CREATE TABLE blob_orphans (in_the_way)')
  }
  const before = read('SELECT sql FROM sqlite_schema')
  await expect(openStore(path)).rejects.toMatchObject({
    code: 'STORE_FAILED',
    message: expect.stringContaining('0002-blob-weights'),
  })
  expect(read('SELECT sql FROM sqlite_schema')).toEqual(before)
  expect(read('SELECT bytes FROM blob_usage')).toEqual([{ bytes: 5000 }, { bytes: 5000 }])
  {
    using db = new DatabaseSync(path)
    db.exec('DROP TABLE blob_orphans')
  }
  await using store = await openStore(path)
  expect(await store.read('readBlobUsage', { siteId: 'site-0' })).toMatchObject({ bytes: 5 * WEIGHT })
})

it('one that is killed in the middle has not happened', async () => {
  makeOld(200_000)
  const index = new URL('../index.ts', import.meta.url).href
  const program = `import { openStore } from ${JSON.stringify(index)}
    await (await openStore(${JSON.stringify(path)})).close()`
  {
    writeFileSync(join(folder, 'open.mjs'), program)
    const child = spawn(process.execPath, [join(folder, 'open.mjs')], { stdio: 'inherit' })
    const ended = once(child, 'close')
    using db = new DatabaseSync(path, { timeout: 0 })
    await waitFor('the lock of the migration', () => isLocked(db) || child.exitCode !== null)
    child.kill('SIGKILL')
    expect(await ended).toEqual([null, 'SIGKILL'])
    expect(db.prepare('SELECT name FROM kysely_migration').all()).toEqual([{ name: '0001-blobs' }])
  }
  await using store = await openStore(path)
  const { bytes, blobs } = await store.read('readBlobUsage', { siteId: 'site-0' })
  expect(blobs).toBe(100_000)
  using db = new DatabaseSync(path)
  const expected = db.prepare(
    "SELECT SUM(size + length(CAST(key AS BLOB)) + length(metadata) + 4096) AS bytes FROM blobs WHERE site_id = 'site-0'",
  )
  expect(expected.get()).toEqual({ bytes })
})

function isLocked(db: DatabaseSync): boolean {
  try {
    db.exec('BEGIN IMMEDIATE; ROLLBACK')
    return false
  } catch {
    return true
  }
}
