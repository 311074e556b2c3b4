import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AnswerHolder, Backlog, type BacklogOptions } from './backlog.ts'

interface Client extends AnswerHolder {
  isEnded: boolean
}

function createClient(): Client {
  const client: Client = {
    waiting: undefined,
    isEnded: false,
    destroy() {
      client.isEnded = true
    },
  }
  return client
}

let nowMs = 0
const create = (options: Partial<BacklogOptions> = {}): Backlog =>
  new Backlog({ limitBytes: 100, minBytesPerSecond: 10, graceMs: 1000, clock: () => nowMs, ...options })

it('keeps nothing of answers that are taken at once', () => {
  const backlog = create()
  const client = createClient()
  backlog.note(client, 1000, 0)
  expect([backlog.bytes, client.waiting]).toEqual([0, undefined])
})

it('counts what waits until it is taken', () => {
  const backlog = create()
  const client = createClient()
  backlog.note(client, 30, 30)
  backlog.note(client, 10, 25)
  expect([backlog.bytes, client.waiting?.handedBytes]).toEqual([25, 40])
  backlog.note(client, 0, 0)
  backlog.note(client, 0, 0)
  expect([backlog.bytes, client.waiting]).toEqual([0, undefined])
})

it('ends those who have waited longest, as many as it takes', () => {
  const ended: unknown[] = []
  const backlog = create({ onEnded: (...what) => ended.push(what) })
  const [a, b, c, d] = [createClient(), createClient(), createClient(), createClient()]
  for (const client of [a, b, c]) {
    backlog.note(client, 30, 30)
    nowMs += 5
  }
  backlog.note(b, 0, 0) // it reads: what it lets wait later began to wait later
  backlog.note(b, 30, 30)
  backlog.note(d, 50, 50)
  expect([a, b, c, d].map(({ isEnded }) => isEnded)).toEqual([true, false, true, false])
  expect(ended).toEqual([
    ['room', 30, 15],
    ['room', 30, 5],
  ])
  expect(backlog.bytes).toBe(80)
  backlog.note(a, 0, 0) // its connection has closed
  expect(backlog.bytes).toBe(80)
})

it('makes room for what is gathered, and refuses it when there is none to be made', () => {
  const backlog = create()
  const client = createClient()
  backlog.note(client, 60, 60)
  expect(backlog.take(70)).toBe(true)
  expect([client.isEnded, backlog.bytes]).toEqual([true, 70])
  expect(backlog.take(31)).toBe(false)
  expect(backlog.take(30)).toBe(true)
  backlog.give(100)
  expect(backlog.bytes).toBe(0)
})

it('ends no answer for being larger than the others, but one that is larger than the limit', () => {
  const backlog = create()
  const client = createClient()
  backlog.note(client, 101, 101)
  expect([client.isEnded, backlog.bytes]).toEqual([true, 0])
})

describe('the minimum rate', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  /** Time as the backlog sees it, and its sweeps with it. */
  const pass = (ms: number): void => {
    nowMs += ms
    vi.advanceTimersByTime(ms)
  }

  it('ends who needs longer than the grace and the time that all it was handed takes', () => {
    const backlog = create()
    const client = createClient()
    backlog.note(client, 20, 20) // two seconds, and one of grace
    pass(2000)
    backlog.note(client, 10, 15) // it took 15; one second more
    pass(2000)
    expect(client.isEnded).toBe(false)
    pass(1000)
    expect([client.isEnded, backlog.bytes]).toEqual([true, 0])
  })

  it('begins anew for a client that has taken everything', () => {
    const backlog = create()
    const client = createClient()
    for (let i = 0; i < 10; i++) {
      backlog.note(client, 10, 10)
      pass(1000)
      backlog.note(client, 0, 0)
    }
    expect(client.isEnded).toBe(false)
    expect(vi.getTimerCount()).toBe(1)
    pass(1000)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is none when it is set to 0', () => {
    const backlog = create({ minBytesPerSecond: 0 })
    const client = createClient()
    backlog.note(client, 1, 1)
    pass(1_000_000)
    expect(client.isEnded).toBe(false)
  })
})
