/** What a blob takes beside its own bytes: the rest of its last block, its file's entry, its row. */
const OVERHEAD_BYTES = 4096

/** What a blob counts in its site's quota. Content that several keys share counts for each of them. */
export function weighBlob({ key, size, metadata }: { key: string; size: number; metadata: string }): number {
  return weighContent(size) + Buffer.byteLength(key) + Buffer.byteLength(metadata)
}

/** What content counts that no blob has. */
export function weighContent(size: number): number {
  return size + OVERHEAD_BYTES
}
