import { describe, expect, it } from 'vitest'
import { createRequestIds } from './request-id.ts'

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

describe('createRequestIds', () => {
  it('makes ULIDs, each later than the one before, none twice', () => {
    const next = createRequestIds()
    const ids = Array.from({ length: 20_000 }, next)
    for (const id of ids) expect(id).toMatch(ULID)
    expect(ids.toSorted()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('begins with the time', () => {
    // The example of the specification.
    expect(createRequestIds(() => 1469918176385)()).toMatch(/^01ARYZ6S41/)
    expect(createRequestIds(() => 2 ** 48 - 1)()).toMatch(/^7ZZZZZZZZZ/)
  })

  it('keeps the order when the clock is set back', () => {
    const times = [1000, 500, 1000, 1001]
    const next = createRequestIds(() => times.shift()!)
    const ids = [next(), next(), next(), next()]
    expect(ids.toSorted()).toEqual(ids)
  })

  it('is different in every process', () => {
    const [a, b] = [createRequestIds(() => 1), createRequestIds(() => 1)]
    expect(a()).not.toBe(b())
  })
})
