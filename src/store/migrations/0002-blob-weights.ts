import type { Migration } from 'kysely/migration'

/**
 * Imports types only: a server reads the names of migrations before it needs what runs them (inspect.ts).
 *
 * The quota of Blobs counts what is on disk: for each blob its key, its metadata and 4096 bytes beside its content, and
 * content that no blob has any more until it is deleted.
 */
export const weighBlobs: Migration = {
  async up(db) {
    await db.schema
      .createTable('blob_orphans')
      .addColumn('site_id', 'text', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .addColumn('orphaned_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('blob_orphans_hash', ['site_id', 'hash'])
      .execute()
    await db.schema.createIndex('blob_orphans_by_hash').on('blob_orphans').column('hash').execute()
    await db.schema.dropTable('blob_usage').execute()
    await db.schema
      .createTable('blob_usage')
      .addColumn('site_id', 'text', (column) => column.primaryKey())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .addColumn('orphan_bytes', 'bigint', (column) => column.notNull())
      .addColumn('blobs', 'bigint', (column) => column.notNull())
      .execute()
    await db
      .insertInto('blob_usage')
      .columns(['site_id', 'bytes', 'orphan_bytes', 'blobs'])
      .expression((query) => {
        const toBytes = (column: string) => query.fn<number>('octet_length', [column])
        const text = query(toBytes('key'), '+', toBytes('metadata'))
        const weight = query(query('size', '+', text), '+', query.lit(4096))
        return query
          .selectFrom('blobs')
          .select(['site_id', query.fn.sum(weight).as('bytes')])
          .select([query.lit(0).as('orphan_bytes'), query.fn.countAll().as('blobs')])
          .groupBy('site_id')
      })
      .execute()
  },
}
