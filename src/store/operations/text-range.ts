/** Greater than every text that begins with what stands before it: the last code point is not a character. */
const LAST = '\u{10ffff}'

/** Where the texts that begin with `prefix` end, in the order of bytes. */
export function afterPrefix(prefix: string): string {
  return prefix + LAST
}
