export type { BlobRow, Condition, PutBlobResult } from './operations/put-blob.ts'
export { openStore, type Store } from './store.ts'
