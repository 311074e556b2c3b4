import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/base/settings/index.ts'
import { createBlobStore, createLocalContent } from '../../src/platform/blobs/index.ts'
import { openStore } from '../../src/store/index.ts'
import { Lines } from '../helpers/lines.ts'
import { SILENT_LOG } from '../helpers/list-log.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'
import { pause } from '../helpers/wait.ts'

const WRITER = fileURLToPath(new URL('../helpers/blob-writer.ts', import.meta.url))
const ROUNDS = 12
let folder: string

beforeEach(() => {
  folder = temporaryFolder('kill')
})

it('kill -9 in the middle of a write leaves the last answered value or a later one, whole', async () => {
  let answered: string | undefined
  for (let round = 0; round < ROUNDS; round++) {
    const child = spawn(process.execPath, [WRITER, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = new Lines(child.stdout)
    await lines.waitFor(/./)
    await pause(Math.random() * 60) // anywhere in a write
    child.kill('SIGKILL')
    await once(child, 'close')
    answered = lines.all.findLast((line) => /^[a-z]$/.test(line)) ?? answered

    await using index = await openStore(join(folder, 'roost.db'))
    const content = createLocalContent(join(folder, 'blobs'))
    const limits = { ...DEFAULT_LIMITS, blobOrphanMs: 0 }
    await using blobs = createBlobStore({ index, content, limits, log: SILENT_LOG })
    const found = (await blobs.get({ siteId: 's', store: 'site:x', key: 'k' }))!
    const value = await text(found.body)
    expect(value).toBe(found.blob.metadata.repeat(1024 * 1024))
    // The write that was killed may have been committed without anybody hearing of it.
    const next = String.fromCharCode(97 + ((answered!.charCodeAt(0) - 97 + 1) % 26))
    expect([answered, next]).toContain(found.blob.metadata)
    expect(await blobs.usage('s')).toMatchObject({ bytes: 1024 * 1024 + 4096 + 2, blobs: 1 })
    await blobs.collect()
    expect(await blobs.usage('s')).toMatchObject({ orphanBytes: 0 })
    expect(listFiles(join(folder, 'blobs', 'drafts'))).toEqual([])
    expect(listFiles(join(folder, 'blobs', 'sha256'))).toHaveLength(1)
  }
}, 120_000)

function listFiles(root: string): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}
