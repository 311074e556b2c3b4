import type { Log } from '../../base/log/index.ts'

/**
 * Background invocations without a store: they live as long as the process (decision 14).
 *
 *   enqueue ──> running ── succeeded ──> gone
 *                 │ failed, attempts left         │ failed, none left: logged as dead
 *                 └──> waiting (delay) ──> running
 *
 * What dies with the process: runs that are waiting for their next attempt. `close` says so for each.
 */
export interface MemoryQueue<Job> {
  enqueue(job: Job): void
  /** Takes nothing new, gives up what waits for another attempt, and waits for what runs. Idempotent. */
  close(): Promise<void>
  stats(): { running: number; waiting: number }
}

export interface MemoryQueueOptions<Job> {
  /** Runs one attempt; counts from 1. Rejects when the run has failed. */
  run(job: Job, attempt: number): Promise<void>
  /** For the log: which request, which function. */
  describe(job: Job): Record<string, unknown>
  /** Before the second attempt, the third …; their number bounds the attempts. Netlify: 1 and 2 minutes. */
  delaysMs: readonly number[]
  log: Log
}

/** Retry after one minute, then again two minutes later: three attempts in all (runtime.md §7). */
export const NETLIFY_DELAYS_MS = [60_000, 120_000] as const

export function createMemoryQueue<Job>({
  run,
  describe,
  delaysMs,
  log,
}: MemoryQueueOptions<Job>): MemoryQueue<Job> {
  const running = new Set<Promise<void>>()
  const waiting = new Map<NodeJS.Timeout, Job>()
  let isClosed = false

  const start = (job: Job, attempt: number): void => {
    const task = run(job, attempt).then(
      () => log.debug({ event: 'job.succeeded', attempt, ...describe(job) }, 'Background run succeeded'),
      (error: unknown) => onFailed(job, attempt, error),
    )
    running.add(task)
    void task.finally(() => running.delete(task))
  }

  const onFailed = (job: Job, attempt: number, error: unknown): void => {
    const fields = { attempt, reason: String(error), ...describe(job) }
    const delayMs = delaysMs[attempt - 1]
    if (delayMs === undefined)
      return log.error({ event: 'job.dead', ...fields }, 'Background run failed for the last time')
    if (isClosed)
      return log.error(
        { event: 'job.lost', ...fields },
        'Background run failed while the host is closing: not retried',
      )
    log.warn(
      { event: 'job.failed', ...fields, retryInMs: delayMs },
      'Background run failed and will be tried again',
    )
    const timer = setTimeout(() => {
      waiting.delete(timer)
      start(job, attempt + 1)
    }, delayMs)
    waiting.set(timer, job)
  }

  return {
    enqueue(job) {
      start(job, 1)
    },
    async close() {
      isClosed = true
      for (const [timer, job] of waiting) {
        clearTimeout(timer)
        log.error(
          { event: 'job.lost', ...describe(job) },
          'The host is closing: a background run is not tried again',
        )
      }
      waiting.clear()
      await Promise.all(running)
    },
    stats: () => ({ running: running.size, waiting: waiting.size }),
  }
}
