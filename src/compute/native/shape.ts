/** Lists, objects and what is in them, together: a result has a handful, and up to `MAX_RESPONSE_HEADERS` headers. */
export const MAX_VALUES = 20_000
export const MAX_DEPTH = 64

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c

/**
 * Whether JSON has a shape that can be parsed in a time that its length bounds. Twelve megabytes of `[],` are four million
 * lists: seconds and a gigabyte. One look at each byte says so before; whether it is JSON at all, the parser says.
 */
export function isModest(json: Uint8Array, maxValues = MAX_VALUES): boolean {
  let values = 0
  let depth = 0
  let isText = false
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]!
    if (byte === QUOTE) isText = !isText
    else if (isText) {
      if (byte === BACKSLASH) at++
    } else if (byte === COMMA) values++
    else if ((byte | 0x20) === 0x7b) {
      values++ // `[` or `{`
      depth++
    } else if ((byte | 0x20) === 0x7d) depth--
    if (values > maxValues || depth > MAX_DEPTH) return false
  }
  return true
}
