import { deleteBlob } from './blobs/delete-blob.ts'
import { deleteBlobs } from './blobs/delete-blobs.ts'
import { findBlob } from './blobs/find-blob.ts'
import { findOrphans } from './blobs/find-orphans.ts'
import { findUsedContent } from './blobs/find-used-content.ts'
import { forgetOrphans } from './blobs/forget-orphans.ts'
import { listBlobStores } from './blobs/list-blob-stores.ts'
import { listBlobs } from './blobs/list-blobs.ts'
import { listBlobsJson } from './blobs/list-blobs-json.ts'
import { putBlob } from './blobs/put-blob.ts'
import { readBlobUsage } from './blobs/read-blob-usage.ts'

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
