import { describe, expect, it } from 'vitest'
import { parseDirectives } from './directives.ts'
import { readInstructions } from './instructions.ts'
import { KeyNotes } from './key-notes.ts'
import { readLifetime } from './lifetime.ts'
import { PurgeHistory } from './purge-history.ts'

describe('parseDirectives', () => {
  it.each<[string, Record<string, string>]>([
    ['', {}],
    [' Public ,MAX-AGE = 60', { public: '', 'max-age': '60' }],
    ['max-age="60", a="x, y=\\"z", b', { 'max-age': '60', a: 'x, y="z', b: '' }],
    ['max-age=1, max-age=2', { 'max-age': '1' }],
    ['a="no end, max-age=60', { a: 'no end, max-age=60' }],
    [',,=, =x', { x: '' }],
  ])('%j', (text, directives) => {
    expect(Object.fromEntries(parseDirectives(text))).toEqual(directives)
  })

  it.each(['a="', 'a="\\', 'a =', '"', 'a= ', ',=', '\t'])('reads a long text of %j in one go', (piece) => {
    const startedMs = performance.now()
    parseDirectives(piece.repeat(100_000))
    expect(performance.now() - startedMs).toBeLessThan(2_000)
  })
})

describe('readLifetime', () => {
  it.each<[string, number, number]>([
    ['max-age=60', 60, 0],
    ['max-age=60, s-maxage=10, stale-while-revalidate=5', 10, 5],
    ['max-age=0, stale-while-revalidate=5', 0, 5],
    ['max-age=99999999999999999999', 2 ** 31, 0],
    ['max-age=60, stale-while-revalidate=x', 60, 0],
    ['max-age=60, stale-while-revalidate=5, proxy-revalidate', 60, 0],
  ])('%j', (text, freshSeconds, staleSeconds) => {
    expect(readLifetime(['cache-control', text], [])).toMatchObject({
      freshMs: freshSeconds * 1000,
      staleMs: staleSeconds * 1000,
    })
  })

  it('several lines of a field are one list, and an empty field says nothing', () => {
    expect(readLifetime(['cache-control', 'max-age=60', 'Cache-Control', 'no-store'], [])).toBeUndefined()
    expect(readLifetime(['cache-control', 'max-age=60', 'cdn-cache-control', ' '], [])?.freshMs).toBe(60_000)
  })
})

describe('readInstructions', () => {
  it.each<[string, string]>([
    ['query=b|a, header=X-B|x-a', 'query=a|b,header=x-a|x-b'],
    ['query', ''],
    ['query=a,query', ''],
    ['Language=EN|es+pt , country=US, cookie=b|A', 'cookie=A|b,language=en|es+pt,country=us'],
  ])('%s in one form', (text, form) => {
    expect(readInstructions([], ['netlify-vary', text])).toMatchObject({ text: form })
  })

  it('standard vary is part of them', () => {
    const found = readInstructions(['vary', 'Accept', 'Vary', 'x-a'], ['netlify-vary', 'header=x-a'])
    expect(found).toMatchObject({ text: 'header=accept|x-a', headers: ['accept', 'x-a'] })
  })
})

it('what was purged since a moment is known, and what is forgotten counts as purged', () => {
  const history = new PurgeHistory()
  const before = history.now
  history.add(['a'])
  expect([history.isPurged(before, ['a']), history.isPurged(before, ['b'])]).toEqual([true, false])
  expect(history.isPurged(history.now, ['a'])).toBe(false)
  history.add(undefined)
  expect(history.isPurged(before, [])).toBe(true)
  const since = history.now
  for (let i = 0; i < 11; i++) history.add(Array.from({ length: 1000 }, (_, n) => `${i}-${n}`))
  expect(history.isPurged(since, ['never purged'])).toBe(true)
})

it('notes are kept for a while, and only so many of them', () => {
  let nowMs = 0
  const notes = new KeyNotes({ clock: () => nowMs, lifeMs: 10, max: 2 })
  for (const key of ['a', 'b', 'c', 'x'.repeat(2000)]) notes.add(key)
  expect(['a', 'b', 'c', 'x'.repeat(2000)].map((key) => notes.has(key))).toEqual([false, true, true, false])
  nowMs = 10
  expect(notes.has('c')).toBe(false)
})
