/** Names that have been seen to be tokens (RFC 9110 §5.6.2), with their lower-case form. Bounded: names can be data. */
const lowerNames = new Map<string, string>()
const MAX_NAMES = 512
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** The lower-case form of a header name, or undefined when it is none. */
export function toLowerName(name: string): string | undefined {
  const known = lowerNames.get(name)
  if (known !== undefined) return known
  if (!TOKEN.test(name)) return undefined
  const lower = name.toLowerCase()
  if (lowerNames.size < MAX_NAMES) lowerNames.set(name, lower)
  return lower
}

const PLAIN = /^[\t\x20-\x7e\x80-\xff]*$/

/**
 * Whether `text` is made of the characters that header values and status texts may have without doubt: tab, space,
 * visible ASCII, the upper half of Latin-1. What else the platform accepts or refuses it decides itself.
 */
export function isPlainText(text: string): boolean {
  return PLAIN.test(text)
}

/** Without the white space around it (Fetch standard, "normalize a byte sequence"). */
export function normalizeValue(value: string): string {
  const length = value.length
  if (length === 0 || (isInner(value.charCodeAt(0)) && isInner(value.charCodeAt(length - 1)))) return value
  let from = 0
  let to = length
  while (from < to && !isInner(value.charCodeAt(from))) from++
  while (to > from && !isInner(value.charCodeAt(to - 1))) to--
  return value.slice(from, to)
}

function isInner(code: number): boolean {
  return code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d
}
