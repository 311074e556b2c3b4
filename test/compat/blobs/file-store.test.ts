import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type BlobLimits,
  type BlobStore,
  createBlobStore,
  createLocalContent,
} from '../../../src/platform/blobs/index.ts'
import { openStore, type Store } from '../../../src/store/index.ts'
import { describeBlobStore, TEST_LIMITS } from '../../contract/blob-store.ts'
import { Lines } from '../../helpers/lines.ts'
import { SILENT_LOG } from '../../helpers/list-log.ts'
import { temporaryFolder } from '../../helpers/temporary-folder.ts'
import { waitFor } from '../../helpers/wait.ts'

const WRITER = fileURLToPath(new URL('../../helpers/blob-writer.ts', import.meta.url))
const MIB = 1024 * 1024
const at = { siteId: 's', store: 'site:x', key: 'k' }

interface Opened extends AsyncDisposable {
  index: Store
  blobs: BlobStore
}

async function open(folder: string, limits: BlobLimits): Promise<Opened> {
  const index = await openStore(join(folder, 'roost.db'))
  const blobs = createBlobStore({
    index,
    content: createLocalContent(join(folder, 'blobs')),
    limits,
    log: SILENT_LOG,
  })
  return {
    index,
    blobs,
    async [Symbol.asyncDispose]() {
      await blobs.close()
      await index.close()
    },
  }
}

/** Locks aside: what is stored, and drafts. */
async function listContent(folder: string): Promise<string[]> {
  const all = await readdir(join(folder, 'blobs'), { recursive: true, withFileTypes: true }).catch(() => [])
  return all.filter((entry) => entry.isFile() && !entry.name.endsWith('.lock')).map(({ name }) => name)
}

async function* pieces(letter: string, mebibytes = 1): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < mebibytes * 16; i++) yield Buffer.alloc(MIB / 16, letter)
}

describeBlobStore('files', async (index, limits) => {
  const folder = temporaryFolder('blobs')
  const blobs = createBlobStore({
    index,
    content: createLocalContent(join(folder, 'blobs')),
    limits,
    log: SILENT_LOG,
  })
  return {
    blobs,
    countContent: async () => (await listContent(folder)).length,
    [Symbol.asyncDispose]: () => blobs.close(),
  }
})

describe('files and other processes', () => {
  let folder: string
  let writer: ChildProcess | undefined
  beforeEach(() => {
    folder = temporaryFolder('blobs')
  })
  afterEach(() => {
    writer?.kill('SIGKILL')
  })

  async function startWriter(): Promise<void> {
    writer = spawn(process.execPath, [WRITER, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Lines(writer.stdout!).waitFor(/./)
  }

  it('while another one writes, what was replaced stays until it is old enough, and the error says when', async () => {
    const limits = { ...TEST_LIMITS, blobSiteBytes: 2.5 * MIB, blobOrphanMs: 600_000 }
    await using own = await open(folder, limits)
    {
      await using other = await open(folder, limits)
      await other.blobs.put({ ...at, siteId: 'other' }, pieces('o'))
      for (const letter of ['a', 'b']) await own.blobs.put(at, pieces(letter))
      await expect(own.blobs.put(at, pieces('c'))).rejects.toMatchObject({
        code: 'BLOB_BUSY',
        details: { retryAfterMs: 600_000 },
      })
    }
    await own.blobs.put(at, pieces('c'))
    expect(await listContent(folder)).toHaveLength(3) // the other one's, what is new, and what it has replaced
  })

  it('what a killed process was writing is deleted by the next one when it starts', async () => {
    await startWriter()
    const drafts = async (): Promise<string[]> =>
      (await readdir(join(folder, 'blobs', 'drafts'))).filter((name) => !name.endsWith('.lock'))
    await waitFor('a draft', async () => (await drafts()).length > 0)
    writer!.kill('SIGSTOP')
    // With a draft, and not in the middle of a transaction: the database is free.
    await waitFor('a draft of the writer that stands still', async () => {
      if ((await drafts()).length > 0 && isFree(join(folder, 'roost.db'))) return true
      writer!.kill('SIGCONT')
      writer!.kill('SIGSTOP')
      return false
    })
    {
      await using other = await open(folder, TEST_LIMITS)
      await other.blobs.collect()
      expect(await drafts()).not.toEqual([]) // it lives
    }
    writer!.kill('SIGKILL')
    await once(writer!, 'close')
    await using _next = await open(folder, TEST_LIMITS)
    const isEmpty = async (): Promise<boolean> =>
      (await readdir(join(folder, 'blobs', 'drafts'))).length === 0
    await waitFor('the end of the drafts and of their lock', isEmpty)
  })

  it('orphans of a process before us are known, counted and deleted', async () => {
    {
      await using before = await open(folder, { ...TEST_LIMITS, blobOrphanMs: 600_000 })
      for (const letter of ['a', 'b']) await before.blobs.put(at, pieces(letter))
    }
    await using after = await open(folder, TEST_LIMITS)
    expect(await after.blobs.usage('s')).toMatchObject({ orphanBytes: MIB + 4096 })
    await after.blobs.put({ ...at, key: 'other' }, pieces('c'))
    await waitFor('the end of the orphan', async () => (await after.blobs.usage('s')).orphanBytes === 0)
    expect(await listContent(folder)).toHaveLength(2)
  })
})

describe('a full disk', () => {
  let folder: string
  let mounted: string | undefined
  beforeEach((context) => {
    folder = temporaryFolder('blobs')
    mkdirSync(join(folder, 'blobs'))
    const { status, stderr } = spawnSync('mount', [
      '-t',
      'tmpfs',
      '-o',
      'size=2m',
      'none',
      join(folder, 'blobs'),
    ])
    if (status === 0) mounted = join(folder, 'blobs')
    else context.skip(`a small disk needs the right to mount: ${stderr}`)
  })
  afterEach(() => {
    if (mounted !== undefined) spawnSync('umount', [mounted])
  })

  it('refuses with its own code, leaves nothing, and takes what has room again', async () => {
    const limits = { ...TEST_LIMITS, blobBytes: 10 * MIB, blobSiteBytes: 100 * MIB }
    await using own = await open(folder, limits)
    await own.blobs.put(at, pieces('a'))
    const full = own.blobs.put({ ...at, key: 'large' }, pieces('b', 5), { size: 5 * MIB })
    await expect(full).rejects.toMatchObject({
      code: 'BLOB_NOT_STORED',
      status: 507,
      message: expect.stringContaining('the disk is full'),
    })
    expect(await listContent(folder)).toHaveLength(1)
    expect(await own.blobs.usage('s')).toMatchObject({ blobs: 1, orphanBytes: 0 })
    await own.blobs.put({ ...at, key: 'small' }, pieces('c', 0.5))
  })
})

function isFree(path: string): boolean {
  const db = new DatabaseSync(path, { timeout: 0 })
  try {
    db.exec('BEGIN IMMEDIATE; ROLLBACK')
    return true
  } catch {
    return false // somebody else has the lock
  } finally {
    db.close()
  }
}
