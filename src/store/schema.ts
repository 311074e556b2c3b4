/** The tables, as the newest migration leaves them. Times are milliseconds since 1970. */
export interface Schema {
  blobs: BlobTable
  blob_usage: BlobUsageTable
  blob_orphans: BlobOrphanTable
}

/** The index of Blobs: which content a key has. The content itself lies beside the database. */
interface BlobTable {
  site_id: string
  /** As in the URL: `site:NAME`, `deploy:ID`, `deploy:ID:NAME`. */
  store: string
  key: string
  /** SHA-256 of the content, hexadecimal: its name beside the database, and the ETag. */
  hash: string
  size: number
  /** User metadata as the client encoded it, or ''. */
  metadata: string
  modified_at: number
}

/** Kept in step with the two others in the same transaction, so that a quota costs no scan. */
interface BlobUsageTable {
  site_id: string
  /** Size of its blobs, as operations/blobs/weigh-blob.ts weighs them. */
  bytes: number
  /** Size of its rows in `blob_orphans`. */
  orphan_bytes: number
  /** How many blobs it has. */
  blobs: number
}

/** Content that a site's blob had, that no blob of any site has now, and that is still beside the database. */
interface BlobOrphanTable {
  site_id: string
  hash: string
  bytes: number
  orphaned_at: number
}
