/** A set of characters as ranges of code points. Sets may be larger than the truth, never smaller. */
export type CharSet = readonly (readonly [from: number, to: number])[]

const LAST = 0x10ffff

export const ANY: CharSet = [[0, LAST]]
export const DIGITS: CharSet = [[0x30, 0x39]]
export const WORD: CharSet = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]
export const SPACE: CharSet = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0x80, LAST],
]

export function charSet(...chars: string[]): CharSet {
  return chars.map((char) => [char.codePointAt(0) ?? 0, char.codePointAt(0) ?? 0] as const)
}

export function complement(set: CharSet): CharSet {
  const ranges: [number, number][] = []
  let next = 0
  for (const [from, to] of set.toSorted((a, b) => a[0] - b[0])) {
    if (from > next) ranges.push([next, from - 1])
    next = Math.max(next, to + 1)
  }
  return next <= LAST ? [...ranges, [next, LAST]] : ranges
}

/**
 * With both cases of ASCII letters, since paths are matched without regard to case. Characters beyond ASCII, which a
 * path has only percent-encoded, count as one.
 */
export function ignoreCase(set: CharSet): CharSet {
  const more: [number, number][] = []
  for (const [from, to] of set) {
    const shift = (start: number, end: number, by: number): void => {
      if (from <= end && to >= start) more.push([Math.max(from, start) + by, Math.min(to, end) + by])
    }
    shift(0x41, 0x5a, 0x20)
    shift(0x61, 0x7a, -0x20)
    if (to > 0x7f) more.push([0x80, LAST])
  }
  return [...set, ...more]
}

export function overlaps(a: CharSet, b: CharSet): boolean {
  return a.some(([from, to]) => b.some(([start, end]) => from <= end && to >= start))
}
