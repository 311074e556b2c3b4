// A program of its own: overwrites one blob again and again, and says when it has begun, until somebody kills it.
import { DEFAULT_LIMITS } from '../../src/base/settings/index.ts'
import { createBlobStore, createLocalContent } from '../../src/platform/blobs/index.ts'
import { openStore } from '../../src/store/index.ts'
import { SILENT_LOG } from './list-log.ts'

const folder = process.argv[2]!
const index = await openStore(`${folder}/roost.db`)
const content = createLocalContent(`${folder}/blobs`)
const limits = { ...DEFAULT_LIMITS, blobOrphanMs: 0 }
const blobs = createBlobStore({ index, content, limits, log: SILENT_LOG })
const at = { siteId: 's', store: 'site:x', key: 'k' }

async function* pieces(letter: string): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < 64; i++) yield Buffer.alloc(16 * 1024, letter)
}

for (let i = 0; ; i++) {
  const letter = String.fromCharCode(97 + (i % 26))
  await blobs.put(at, pieces(letter), { metadata: letter })
  process.stdout.write(`${letter}\n`)
}
