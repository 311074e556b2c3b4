import type { Kysely } from 'kysely'
import type { Schema } from '../../schema.ts'
import { listPage } from '../list-page.ts'
import { afterPrefix } from '../text-range.ts'
import type { BlobRow } from './put-blob.ts'

export interface BlobListing {
  siteId: string
  store: string
  prefix: string
  /** What has further keys below it is listed once, instead of them. */
  directories: boolean
  /** `next` of the page before. */
  from: string | undefined
  limit: number
}

export interface BlobListPage {
  rows: ({ key: string } & BlobRow)[]
  /** Without the slash at the end. */
  directories: string[]
  next: string | undefined
}

/** One page of a store, in the order of keys. What is written meanwhile may be on it or not. */
export async function listBlobs(db: Kysely<Schema>, listing: BlobListing): Promise<BlobListPage> {
  const { siteId, store, prefix, directories, from, limit } = listing
  const inStore = db
    .selectFrom('blobs')
    .select(['key', 'hash', 'size', 'metadata', 'modified_at as modifiedAt'])
    .where('site_id', '=', siteId)
    .where('store', '=', store)
    .where('key', '<', afterPrefix(prefix))
    .orderBy('key')
  const read = (first: string, rows: number) => inStore.where('key', '>=', first).limit(rows).execute()
  return listPage({ read, prefix, directories, from, limit })
}
