import { randomFillSync } from 'node:crypto'

/**
 * Makes request IDs: ULIDs (https://github.com/ulid/spec), 26 characters of Crockford's base 32: 48 bits of
 * time, 80 of chance. Within one millisecond the chance part counts up, so IDs of one host sort by age. They are names,
 * not secrets: the next can be guessed.
 */
export function createRequestIds(now: () => number = Date.now): () => string {
  let time = -1
  let prefix = ''
  // The chance part as 40 high bits, already written, and 40 low bits that count.
  let high = ''
  let low = 0
  return () => {
    const ms = now()
    // A clock that is set back must not break the order: the last moment goes on.
    if (ms > time) {
      time = ms
      prefix = encode50(ms)
      high = encode40(randomBits40())
      // Leaves room to count: 2^39 IDs in one millisecond.
      low = randomBits40() % 2 ** 39
    } else low++
    return prefix + high + encode40(low)
  }
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** Ten bits at a time. */
const PAIRS = Array.from({ length: 1024 }, (_, i) => ALPHABET[i >> 5]! + ALPHABET[i & 31]!)

function encode40(value: number): string {
  const upper = Math.floor(value / 2 ** 20)
  const lower = value % 2 ** 20
  return PAIRS[upper >> 10]! + PAIRS[upper & 1023]! + PAIRS[lower >> 10]! + PAIRS[lower & 1023]!
}

function encode50(value: number): string {
  return PAIRS[Math.floor(value / 2 ** 40)]! + encode40(value % 2 ** 40)
}

const pool = new Uint8Array(1000)
let used = pool.length

function randomBits40(): number {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  let value = 0
  for (let i = 0; i < 5; i++) value = value * 256 + pool[used++]!
  return value
}
