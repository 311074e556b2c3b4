import { mkdtempSync, rmSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { createLog } from '../../../src/base/log/index.ts'
import { openStore } from '../../../src/base/store/index.ts'
import { createBlobStore, createLocalContent } from '../../../src/platform/blobs/index.ts'
import { describeBlobStore, TEST_LIMITS } from '../../contract/blob-store.ts'

const log = createLog({ format: 'json', destination: new Writable({ write: (_c, _e, done) => done() }) })

describeBlobStore('files', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-blobs-'))
  const index = await openStore(join(folder, 'roost.db'))
  const content = createLocalContent(join(folder, 'blobs'))
  const blobs = createBlobStore({ index, content, limits: TEST_LIMITS, log })
  return {
    blobs,
    async countContent() {
      const found = await readdir(join(folder, 'blobs'), { recursive: true, withFileTypes: true }).catch(
        () => [],
      )
      return found.filter((entry) => entry.isFile()).length
    },
    async [Symbol.asyncDispose]() {
      await blobs.close()
      await index.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
})
