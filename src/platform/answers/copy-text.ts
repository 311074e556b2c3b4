/**
 * The same text in memory of its own. A string cut out of a request's head holds the whole head, and one that was put
 * together holds its parts (V8's sliced and cons strings).
 */
export function copyText(text: string): string {
  if (text === '') return ''
  const encoding = isLatin1(text) ? 'latin1' : 'utf16le'
  return Buffer.from(text, encoding).toString(encoding)
}

/** V8 keeps such a string with one byte a character, every other one with two. */
export function isLatin1(text: string): boolean {
  return !BEYOND.test(text)
}

const BEYOND = /[\u0100-\uffff]/
