export { deferStore, openStore } from './open-store.ts'
export type { BlobListing } from './operations/list-blobs.ts'
export type { BlobRow, Condition, PutBlobResult } from './operations/put-blob.ts'
export type { Store } from './store.ts'
