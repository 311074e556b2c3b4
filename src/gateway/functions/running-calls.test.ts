import { expect, it } from 'vitest'
import { type RunningCall, RunningCalls } from './running-calls.ts'

function call(requestId: string): RunningCall {
  return { requestId, version: { id: 'v', name: 'fn' }, caller: undefined, place: 0 }
}

it('finds calls by their request until they are deleted, in any order, once or twice', () => {
  const calls = new RunningCalls()
  const [a, b, c] = [call('a'), call('b'), call('c')] as const
  for (const one of [a, b, c]) calls.add(one)
  expect([calls.size, calls.find('b')]).toEqual([3, b])
  calls.delete(a)
  calls.delete(a)
  expect([calls.size, calls.find('a'), calls.find('b'), calls.find('c')]).toEqual([2, undefined, b, c])
  calls.delete(b)
  calls.delete(c)
  calls.delete(c)
  expect([calls.size, calls.find('c')]).toEqual([0, undefined])
})
