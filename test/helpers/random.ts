/** Numbers that look random and are the same for the same seed: a failure can be repeated. */
export interface Random {
  /** 0 ≤ n < `limit`. */
  below(limit: number): number
  pick<T>(items: readonly T[]): T
  /** Between `min` and `max` items, both included. */
  list<T>(min: number, max: number, make: () => T): T[]
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0
  // mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    below,
    pick: (items) => items[below(items.length)]!,
    list: (min, max, make) => Array.from({ length: min + below(max - min + 1) }, make),
  }
}
