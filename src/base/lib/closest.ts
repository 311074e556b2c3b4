/**
 * The candidate that `word` most likely was meant to be, or undefined when none is near: at most a third of its
 * letters differ. Case, `-` and `_` do not count, so `includedFiles` finds `included_files`.
 */
export function findClosest(word: string, candidates: Iterable<string>): string | undefined {
  const plain = simplify(word)
  let best: string | undefined
  // A third of a single letter would be all of it.
  let bestDistance = plain.length < 2 ? 1 : Math.floor(Math.max(plain.length, 3) / 3) + 1
  for (const candidate of candidates) {
    const distance = countEdits(plain, simplify(candidate))
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** `did you mean "x"?` as the end of a sentence, or nothing. */
export function suggest(word: string, candidates: Iterable<string>): string {
  const closest = findClosest(word, candidates)
  return closest === undefined ? '' : ` Did you mean "${closest}"?`
}

function simplify(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, '')
}

/** Edits that turn `a` into `b`: insert, delete, replace, or swap two neighbours. */
function countEdits(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1)
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
