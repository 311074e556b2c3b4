import { expect, it } from 'vitest'
import { readFreshMs } from './freshness.ts'

it.each([
  [{}, 0],
  [{ 'cache-control': 'max-age=60' }, 60_000],
  [{ 'cache-control': 'public, s-maxage="10", max-age=60' }, 10_000],
  [{ 'cache-control': 'max-age=60, No-Store' }, 0],
  [{ 'cache-control': 'private, max-age=60' }, 0],
  [{ 'cache-control': 'max-age=-1' }, 0],
  [{ 'cache-control': 'no-store', 'cdn-cache-control': 'max-age=5' }, 5_000],
  [{ 'cdn-cache-control': 'max-age=5', 'netlify-cdn-cache-control': 'no-store' }, 0],
  [{ expires: 'Thu, 01 Jan 1970 00:02:00 GMT' }, 60_000],
  [{ expires: 'never' }, 0],
  [{ 'cache-control': 'public', expires: 'Thu, 01 Jan 1970 00:02:00 GMT' }, 60_000],
])('%j is fresh for %i ms', (headers, expected) => {
  expect(readFreshMs(new Map(Object.entries(headers)), 60_000)).toBe(expected)
})
