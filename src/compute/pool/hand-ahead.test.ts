import { expect, it } from 'vitest'
import { decidePlacing, hasTinyCalls, isSafe, type Load } from './hand-ahead.ts'

/** Busy with one call of 0.1 ms. */
const TINY: Load = { state: 'busy', isReachable: true, openCalls: 1, recentMs: 0.1, turnMs: 0.1 }
const SHORT: Load = { ...TINY, recentMs: 3 }
const NEW = Number.POSITIVE_INFINITY

it.each<[string, Load, ReturnType<typeof decidePlacing>]>([
  ['behind tiny calls', TINY, 'packed'],
  ['behind as many of them as take 2 ms', { ...TINY, openCalls: 20 }, 'packed'],
  ['behind more of them', { ...TINY, openCalls: 21 }, 'ahead'],
  ['behind calls of 0.5 ms', { ...TINY, recentMs: 0.5, openCalls: 4 }, 'packed'],
  ['behind short calls', SHORT, 'ahead'],
  ['behind calls of 5 ms', { ...TINY, recentMs: 5 }, 'ahead'],
  ['behind longer ones', { ...TINY, recentMs: 5.1 }, 'apart'],
  ['behind a call that is long for once', { ...TINY, turnMs: 5.1 }, 'apart'],
  ['behind 32 calls', { ...SHORT, openCalls: 32 }, 'ahead'],
  ['behind the one at work and 32 others', { ...SHORT, openCalls: 33 }, 'apart'],
  ['behind a first call', { ...TINY, recentMs: NEW }, 'apart'],
  ['at an idle instance', { ...TINY, state: 'ready', openCalls: 0 }, 'apart'],
  ['at one that drains', { ...TINY, state: 'draining' }, 'apart'],
  ['at one that has ended', { ...TINY, state: 'ended', isReachable: false }, 'apart'],
  ['at one whose connection has ended', { ...TINY, isReachable: false }, 'apart'],
])('%s: a call is %3$s', (_where, load, placing) => {
  expect(decidePlacing(load)).toBe(placing)
})

it('asks the clock only of an instance that may be packed', () => {
  const load: Load = {
    ...TINY,
    recentMs: NEW,
    get turnMs(): number {
      throw new Error('asked')
    },
  }
  expect(decidePlacing(load)).toBe('apart')
})

it.each([
  [TINY, true],
  [SHORT, false],
  [{ ...TINY, recentMs: NEW }, false],
  [{ ...TINY, isReachable: false }, false],
  [{ ...TINY, state: 'ready' as const, openCalls: 0 }, true],
])('whether %o has tiny calls: %s', (load, isTiny) => {
  expect(hasTinyCalls(load)).toBe(isTiny)
})

it('risks a second run of safe methods only', () => {
  const methods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'get', 'QUERY']
  expect(methods.filter(isSafe)).toEqual(['GET', 'HEAD', 'OPTIONS'])
})
