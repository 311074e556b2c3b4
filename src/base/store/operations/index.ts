import { deleteBlob } from './delete-blob.ts'
import { deleteBlobs } from './delete-blobs.ts'
import { findBlob } from './find-blob.ts'
import { findOrphans } from './find-orphans.ts'
import { findUsedContent } from './find-used-content.ts'
import { forgetOrphans } from './forget-orphans.ts'
import { listBlobStores } from './list-blob-stores.ts'
import { listBlobs } from './list-blobs.ts'
import { listBlobsJson } from './list-blobs-json.ts'
import { putBlob } from './put-blob.ts'
import { readBlobUsage } from './read-blob-usage.ts'

/** What changes the database: each runs alone, in a transaction of its own or not at all. */
export const WRITES = { putBlob, deleteBlob, deleteBlobs, forgetOrphans } as const

/** What only looks: it sees what was committed before it began. */
export const READS = {
  findBlob,
  findOrphans,
  findUsedContent,
  listBlobs,
  listBlobsJson,
  listBlobStores,
  readBlobUsage,
} as const
