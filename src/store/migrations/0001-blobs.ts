import type { Migration } from 'kysely/migration'

/** The index of Blobs. Text compares by its UTF-8 bytes, which is the order in which keys are listed. */
export const createBlobs: Migration = {
  async up(db) {
    await db.schema
      .createTable('blobs')
      .addColumn('site_id', 'text', (column) => column.notNull())
      .addColumn('store', 'text', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('size', 'bigint', (column) => column.notNull())
      .addColumn('metadata', 'text', (column) => column.notNull())
      .addColumn('modified_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('blobs_key', ['site_id', 'store', 'key'])
      .execute()
    await db.schema.createIndex('blobs_hash').on('blobs').column('hash').execute()
    await db.schema
      .createTable('blob_usage')
      .addColumn('site_id', 'text', (column) => column.primaryKey())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .execute()
  },
}
