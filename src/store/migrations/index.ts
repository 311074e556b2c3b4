import type { Migration } from 'kysely/migration'
import { createBlobs } from './0001-blobs.ts'
import { weighBlobs } from './0002-blob-weights.ts'

/** By name, in the order of their numbers. One that has been released never changes. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-blobs': createBlobs,
  '0002-blob-weights': weighBlobs,
}
