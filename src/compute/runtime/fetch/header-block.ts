/**
 * A request's headers as they travel: `name: value\r\n` per header, names lower-case, values Latin-1. Nobody takes the
 * block apart before somebody asks.
 */

/**
 * Reads one header out of the block without building anything. A name that occurs several times is joined as
 * `Headers` does it: `, `, for cookies `; `.
 * @param name lower-case.
 */
export function readRequestHeader(block: string, name: string): string | undefined {
  const needle = `\r\n${name}:`
  let at = findFirst(block, name, needle)
  if (at < 0) return undefined
  let value = valueAt(block, at)
  for (at = findNext(block, needle, at); at >= 0; at = findNext(block, needle, at))
    value += (name === 'cookie' ? '; ' : ', ') + valueAt(block, at)
  return value
}

/** Calls `onHeader` for every header in the order of the block, repeated names as often as they occur. */
export function forEachHeader(block: string, onHeader: (name: string, value: string) => void): void {
  let start = 0
  while (start < block.length) {
    const colon = block.indexOf(':', start)
    if (colon < 0) return
    onHeader(block.slice(start, colon), valueAt(block, colon + 1))
    start = lineEnd(block, colon) + 2
  }
}

/** The position after the colon of the first header with this name, or -1. */
function findFirst(block: string, name: string, needle: string): number {
  if (block.startsWith(name) && block.charCodeAt(name.length) === COLON) return name.length + 1
  return findNext(block, needle, 0)
}

function findNext(block: string, needle: string, from: number): number {
  const at = block.indexOf(needle, from)
  return at < 0 ? -1 : at + needle.length
}

const COLON = 0x3a
const SPACE = 0x20
const TAB = 0x09

function valueAt(block: string, from: number): string {
  let start = from
  let end = lineEnd(block, from)
  while (start < end && isBlank(block.charCodeAt(start))) start++
  while (end > start && isBlank(block.charCodeAt(end - 1))) end--
  return block.slice(start, end)
}

function lineEnd(block: string, from: number): number {
  const end = block.indexOf('\r\n', from)
  return end < 0 ? block.length : end
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB
}
