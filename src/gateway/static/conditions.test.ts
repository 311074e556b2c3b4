import { describe, expect, it } from 'vitest'
import { judgeRequest, type Verdict } from './conditions.ts'

const MODIFIED = Date.UTC(2025, 0, 2, 3, 4, 5)
const FACTS = { etag: '"abc-64"', modifiedMs: MODIFIED, size: 100 }
const AT = new Date(MODIFIED).toUTCString()
const BEFORE = new Date(MODIFIED - 1000).toUTCString()

const BOTH = { ...FACTS, etag: '"abc-br"', otherTags: ['"abc"', '"abc-gzip"'] }

const judge = (headers: string[], isGet = true): Verdict => judgeRequest(headers, FACTS, isGet)

describe('conditions (RFC 9110, 13.2.2)', () => {
  it.each<[string[], Verdict['kind']]>([
    [[], 'whole'],
    [['If-None-Match', '"abc-64"'], 'not-modified'],
    [['if-none-match', 'W/"abc-64"'], 'not-modified'],
    [['if-none-match', '"x", "y,z", "abc-64"'], 'not-modified'],
    [['if-none-match', '*'], 'not-modified'],
    [['if-none-match', '"abc"'], 'whole'],
    [['if-none-match', '"abc"', 'if-modified-since', AT], 'whole'],
    [['if-modified-since', AT], 'not-modified'],
    [['if-modified-since', BEFORE], 'whole'],
    [['if-modified-since', 'yesterday'], 'whole'],
    [['if-match', '"abc-64"'], 'whole'],
    [['if-match', '*'], 'whole'],
    [['if-match', '"x"'], 'precondition-failed'],
    [['if-match', 'W/"abc-64"'], 'precondition-failed'],
    [['if-unmodified-since', AT], 'whole'],
    [['if-unmodified-since', BEFORE], 'precondition-failed'],
    [['if-match', '"abc-64"', 'if-unmodified-since', BEFORE], 'whole'],
    [['if-match', '"x"', 'if-none-match', '"abc-64"'], 'precondition-failed'],
  ])('%j: %s', (headers, kind) => {
    expect(judge(headers).kind).toBe(kind)
    expect(judge(headers, false).kind).toBe(kind)
  })
})

describe('a tag of another representation of the content', () => {
  it.each([
    ['"abc-br"', '"abc-br"'],
    ['"abc"', '"abc"'],
    ['W/"abc-gzip"', '"abc-gzip"'],
    ['"abc", "abc-br"', '"abc-br"'],
    ['*', '"abc-br"'],
    ['"abc-zstd"', undefined],
  ])('if-none-match: %s: %s', (list, etag) => {
    const verdict = judgeRequest(['if-none-match', list], BOTH, true)
    expect(verdict).toEqual(etag === undefined ? { kind: 'whole' } : { kind: 'not-modified', etag })
  })

  it('is one of the file for if-match, and has no parts of it', () => {
    expect(judgeRequest(['if-match', '"abc"'], BOTH, true).kind).toBe('whole')
    const resumed = ['range', 'bytes=0-9', 'if-range', '"abc"']
    expect(judgeRequest(resumed, BOTH, true).kind).toBe('whole')
  })
})

describe('ranges (RFC 9110, 14.2)', () => {
  it.each<[string, Verdict]>([
    ['bytes=0-9', { kind: 'part', start: 0, length: 10 }],
    ['BYTES=10-', { kind: 'part', start: 10, length: 90 }],
    ['bytes=-10', { kind: 'part', start: 90, length: 10 }],
    ['bytes=-1000', { kind: 'part', start: 0, length: 100 }],
    ['bytes=99-1000', { kind: 'part', start: 99, length: 1 }],
    ['bytes=100-', { kind: 'unsatisfiable' }],
    ['bytes=-0', { kind: 'unsatisfiable' }],
    ['bytes=5-4', { kind: 'whole' }],
    ['bytes=-', { kind: 'whole' }],
    ['bytes=a-b', { kind: 'whole' }],
    ['bytes=0-1,3-4', { kind: 'whole' }],
    ['lines=0-1', { kind: 'whole' }],
  ])('%s', (range, verdict) => {
    expect(judge(['Range', range])).toEqual(verdict)
    expect(judge(['Range', range], false)).toEqual({ kind: 'whole' })
  })

  it.each([
    ['"abc-64"', 'part'],
    ['"other"', 'whole'],
    ['W/"abc-64"', 'whole'],
    [AT, 'part'],
    [BEFORE, 'whole'],
    ['nonsense', 'whole'],
  ])('only of the file that the client has: if-range %s', (ifRange, kind) => {
    expect(judge(['range', 'bytes=0-9', 'if-range', ifRange]).kind).toBe(kind)
  })

  it('nothing of an empty file can be asked for', () => {
    expect(judgeRequest(['range', 'bytes=0-'], { ...FACTS, size: 0 }, true)).toEqual({
      kind: 'unsatisfiable',
    })
  })
})
