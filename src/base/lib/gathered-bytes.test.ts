import { describe, expect, it } from 'vitest'
import { GatheredBytes } from './gathered-bytes.ts'

const bytes = (length: number, from = 0): Buffer => Buffer.from(Array.from({ length }, (_, i) => from + i))

describe('gathered bytes', () => {
  it.each([
    ['nothing', []],
    ['one small piece', [3]],
    ['one large piece', [5000]],
    ['small pieces over several blocks', Array.from({ length: 3000 }, (_, i) => i % 17)],
    ['pieces as large as a small one can be', Array.from({ length: 40 }, () => 1023)],
    ['small and large in turn', Array.from({ length: 200 }, (_, i) => (i % 3 === 0 ? 1500 : 1))],
  ])('%s: every byte, in order', (_title, lengths) => {
    const gathered = new GatheredBytes()
    const pieces = lengths.map((length, i) => bytes(length, i))
    for (const piece of pieces) gathered.push(piece)
    const whole = Buffer.concat(pieces)
    expect(gathered.length).toBe(whole.length)
    expect(gathered.take().equals(whole)).toBe(true)
    expect([gathered.length, gathered.take().length]).toEqual([0, 0])
  })

  it('a single piece is not copied', () => {
    const gathered = new GatheredBytes()
    const piece = bytes(100)
    gathered.push(piece)
    expect(gathered.take()).toBe(piece)
  })

  it('keeps what was taken apart from what comes later', () => {
    const gathered = new GatheredBytes()
    for (const piece of [bytes(1), bytes(2), bytes(2000), bytes(3)]) gathered.push(piece)
    const first = gathered.take()
    const copy = Buffer.from(first)
    for (let i = 0; i < 100; i++) gathered.push(Buffer.from('zz'))
    expect(first.equals(copy)).toBe(true)
  })

  it('a million pieces take little more memory than their bytes', () => {
    const gathered = new GatheredBytes()
    const measure = (): number => {
      const { heapUsed, external } = process.memoryUsage()
      return heapUsed + external
    }
    const before = measure()
    for (let i = 0; i < 1_000_000; i++) gathered.push(Buffer.allocUnsafe(1))
    expect(measure() - before).toBeLessThan(80 * 1024 * 1024) // as Buffers they take more than 120 MB
    expect(gathered.take().length).toBe(1_000_000)
  })
})
