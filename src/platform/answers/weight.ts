import { isLatin1 } from './copy-text.ts'

/**
 * What a stored answer takes, in bytes: its block, its texts, and for itself and each tag what V8 and `lru-cache` need
 * for them at most, growing tables included. `test/e2e/answer-memory.test.ts` measures that it is not more.
 */
export function weigh(blockBytes: number, texts: readonly string[], tags: readonly string[]): number {
  let bytes = ENTRY_BYTES + blockBytes
  for (const text of texts) bytes += weighText(text)
  for (const tag of tags) bytes += TAG_BYTES + weighText(tag)
  return bytes
}

/**
 * The entry and its place in three tables (key, use, and the list of its key), and the buffer: two objects in the heap,
 * and what `malloc` and V8 keep beside the bytes.
 */
const ENTRY_BYTES = 768

/** A tag that nothing else has: the group, its set, its place in the index, and the entry's place in the set. */
const TAG_BYTES = 384

/** An owner's tables while they are empty. */
export const PARTITION_BYTES = 4 * 1024

/** A string's header, its characters, rounded up to a word. */
function weighText(text: string): number {
  return 24 + (isLatin1(text) ? text.length : 2 * text.length)
}
