import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Log, LogFields } from '../../base/log/index.ts'
import { createMemoryQueue, NETLIFY_DELAYS_MS } from './index.ts'

function createRecordingLog(events: string[]): Log {
  const record = (fields: LogFields): void => void events.push(fields.event)
  const log: Log = { debug: record, info: record, warn: record, error: record, child: () => log }
  return log
}

describe('createMemoryQueue', () => {
  const events: string[] = []
  const attempts: number[] = []
  let failures = 0
  const create = () =>
    createMemoryQueue<string>({
      run: async (_job, attempt) => {
        attempts.push(attempt)
        if (failures-- > 0) throw new Error('no')
      },
      describe: (job) => ({ requestId: job }),
      delaysMs: NETLIFY_DELAYS_MS,
      sizeOf: (job) => job.length,
      limits: { jobs: 3, bytes: 10 },
      log: createRecordingLog(events),
    })

  beforeEach(() => {
    vi.useFakeTimers()
    events.length = 0
    attempts.length = 0
    failures = 0
  })
  afterEach(() => vi.useRealTimers())

  it('runs a job once when it succeeds', async () => {
    const queue = create()
    queue.enqueue('a')
    await vi.advanceTimersByTimeAsync(600_000)
    expect([attempts, events]).toEqual([[1], ['job.succeeded']])
  })

  it('tries again after one minute, then two minutes later, then gives up (runtime.md §7)', async () => {
    failures = 3
    const queue = create()
    queue.enqueue('a')
    await vi.advanceTimersByTimeAsync(59_999)
    expect(attempts).toEqual([1])
    await vi.advanceTimersByTimeAsync(1)
    expect(attempts).toEqual([1, 2])
    await vi.advanceTimersByTimeAsync(120_000)
    expect([attempts, events]).toEqual([
      [1, 2, 3],
      ['job.failed', 'job.failed', 'job.dead'],
    ])
  })

  it('holds no more jobs than its limit, those that wait for another attempt counted', async () => {
    failures = 3
    const queue = create()
    for (const job of ['a', 'b', 'c']) queue.enqueue(job)
    expect(() => queue.enqueue('d')).toThrow(expect.objectContaining({ code: 'HOST_BUSY' }))
    await vi.advanceTimersByTimeAsync(10)
    expect(queue.stats()).toEqual({ running: 0, waiting: 3, bytes: 3 })
    expect(() => queue.enqueue('d')).toThrow(expect.objectContaining({ code: 'HOST_BUSY' }))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(queue.stats()).toEqual({ running: 0, waiting: 0, bytes: 0 })
    expect(() => queue.enqueue('d')).not.toThrow()
  })

  it('holds no more bytes than its limit, and gives them back when a run is dead', async () => {
    failures = 3
    const queue = create()
    queue.enqueue('12345678')
    expect(() => queue.enqueue('123')).toThrow(expect.objectContaining({ code: 'HOST_BUSY' }))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(queue.stats()).toEqual({ running: 0, waiting: 1, bytes: 8 })
    await vi.advanceTimersByTimeAsync(120_000)
    expect(events.at(-1)).toBe('job.dead')
    expect(queue.stats().bytes).toBe(0)
    queue.enqueue('123')
    expect(queue.stats().bytes).toBe(3)
  })

  it('takes nothing when it is closed, and holds nothing', async () => {
    failures = 1
    const queue = create()
    queue.enqueue('a')
    await vi.advanceTimersByTimeAsync(10)
    await queue.close()
    expect(queue.stats()).toEqual({ running: 0, waiting: 0, bytes: 0 })
    expect(() => queue.enqueue('b')).toThrow(expect.objectContaining({ code: 'DRAINING' }))
  })

  it('says which runs are lost when it closes', async () => {
    failures = 1
    const queue = create()
    queue.enqueue('a')
    await vi.advanceTimersByTimeAsync(10)
    expect(queue.stats()).toEqual({ running: 0, waiting: 1, bytes: 1 })
    await queue.close()
    await vi.advanceTimersByTimeAsync(600_000)
    expect([attempts, events]).toEqual([[1], ['job.failed', 'job.lost']])
  })

  it('waits for what runs when it closes', async () => {
    let finish = (): void => undefined
    const queue = createMemoryQueue<string>({
      run: () => new Promise((resolve) => (finish = resolve)),
      describe: () => ({}),
      delaysMs: [],
      sizeOf: () => 1,
      limits: { jobs: 1, bytes: 1 },
      log: createRecordingLog(events),
    })
    queue.enqueue('a')
    let isClosed = false
    const closing = queue.close().then(() => (isClosed = true))
    await vi.advanceTimersByTimeAsync(100)
    expect(isClosed).toBe(false)
    finish()
    await closing
    expect(isClosed).toBe(true)
  })
})
