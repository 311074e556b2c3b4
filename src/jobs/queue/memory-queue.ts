import { RoostError } from '../../base/errors/index.ts'
import type { Log } from '../../base/log/index.ts'

/**
 * Background invocations without a store: they live as long as the process (D14).
 *
 * A run that fails waits for its next attempt, until its attempts are used up: then it is logged as dead.
 * What dies with the process: runs that are waiting for their next attempt. `close` says so for each.
 *
 * A job is held until it is gone, lost or dead, and no more are held than `limits` allows: who is told that its run was
 * accepted is remembered for minutes, so accepting without bound would be growing without bound.
 * Tested: memory-queue.test.ts.
 */
export interface MemoryQueue<Job> {
  /** @throws HOST_BUSY there is no room for it; DRAINING the queue is closed. It is not held then. */
  enqueue(job: Job): void
  /** Takes nothing new, gives up what waits for another attempt, and waits for what runs. Idempotent. */
  close(): Promise<void>
  /** `bytes` is what the jobs held keep in memory. */
  stats(): { running: number; waiting: number; bytes: number }
}

export interface MemoryQueueOptions<Job> {
  /** Runs one attempt; counts from 1. Rejects when the run has failed. */
  run(job: Job, attempt: number): Promise<void>
  /** For the log: which request, which function. */
  describe(job: Job): Record<string, unknown>
  /** Before the second attempt, the third …; their number bounds the attempts. Netlify: 1 and 2 minutes. */
  delaysMs: readonly number[]
  /** How many bytes of memory a job keeps. Asked once. */
  sizeOf(job: Job): number
  /** How many jobs are held at once, running and waiting, and how many bytes they take. */
  limits: { jobs: number; bytes: number }
  log: Log
}

interface Held<Job> {
  job: Job
  bytes: number
}

/** Retry after one minute, then again two minutes later: three attempts in all (runtime.md §7). */
export const NETLIFY_DELAYS_MS = [60_000, 120_000] as const

export function createMemoryQueue<Job>({
  run,
  describe,
  delaysMs,
  sizeOf,
  limits,
  log,
}: MemoryQueueOptions<Job>): MemoryQueue<Job> {
  const running = new Set<Promise<void>>()
  const waiting = new Map<NodeJS.Timeout, Held<Job>>()
  let heldJobs = 0
  let heldBytes = 0
  let isClosed = false

  const start = (held: Held<Job>, attempt: number): void => {
    const task = run(held.job, attempt).then(
      () => {
        release(held)
        log.debug({ event: 'job.succeeded', attempt, ...describe(held.job) }, 'Background run succeeded')
      },
      (error: unknown) => onFailed(held, attempt, error),
    )
    running.add(task)
    void task.finally(() => running.delete(task))
  }

  const onFailed = (held: Held<Job>, attempt: number, error: unknown): void => {
    const fields = { attempt, reason: String(error), ...describe(held.job) }
    const delayMs = delaysMs[attempt - 1]
    if (delayMs === undefined || isClosed) release(held)
    if (delayMs === undefined)
      return log.error({ event: 'job.dead', ...fields }, 'Background run failed for the last time')
    if (isClosed)
      return log.error(
        { event: 'job.lost', ...fields },
        'Background run failed while the host is closing: not retried',
      )
    log.warn(
      { event: 'job.failed', ...fields, retryInMs: delayMs },
      'Background run failed and will be retried',
    )
    const timer = setTimeout(() => {
      waiting.delete(timer)
      start(held, attempt + 1)
    }, delayMs)
    waiting.set(timer, held)
  }

  const release = ({ bytes }: Held<Job>): void => {
    heldJobs--
    heldBytes -= bytes
  }

  return {
    enqueue(job) {
      if (isClosed) throw new RoostError('DRAINING', 'The server is shutting down.')
      const held = { job, bytes: sizeOf(job) }
      if (heldJobs >= limits.jobs || heldBytes + held.bytes > limits.bytes)
        throw new RoostError('HOST_BUSY', 'Too many background runs are waiting or running.', {
          details: { jobs: heldJobs, bytes: heldBytes },
        })
      heldJobs++
      heldBytes += held.bytes
      start(held, 1)
    },
    async close() {
      isClosed = true
      for (const [timer, held] of waiting) {
        clearTimeout(timer)
        release(held)
        log.error(
          { event: 'job.lost', ...describe(held.job) },
          'The host is closing: a background run is not retried',
        )
      }
      waiting.clear()
      await Promise.all(running)
    },
    stats: () => ({ running: running.size, waiting: waiting.size, bytes: heldBytes }),
  }
}
