import { RoostError } from '../../base/errors/index.ts'
import type { Limits } from '../../base/settings/index.ts'

export type UploadPace = Pick<Limits, 'clientStallMs' | 'blobBytesPerSecond'>

/**
 * The body, as long as it does not come too slowly: all waits for it together may take `clientStallMs` and the time
 * that what has come takes at the slowest rate. Our own waits, for the disk or for room, do not count.
 * @throws REQUEST_TIMEOUT.
 */
export async function* paceUpload(
  body: AsyncIterable<Buffer>,
  { clientStallMs, blobBytesPerSecond }: UploadPace,
): AsyncIterable<Buffer> {
  const pieces = body[Symbol.asyncIterator]()
  let leftMs = clientStallMs
  let isLate = false
  try {
    for (;;) {
      const startMs = performance.now()
      const next = await waitAtMost(leftMs, pieces.next())
      if (next === undefined) {
        isLate = true
        throw tooSlow(clientStallMs)
      }
      if (next.done) return
      const earnedMs = (next.value.length * 1000) / blobBytesPerSecond // without a rate it can be any time
      leftMs = Math.min(leftMs - (performance.now() - startMs) + earnedMs, MAX_TIMER_MS)
      yield next.value
    }
  } finally {
    // A late piece is not waited for, and ending the iterator would do that.
    if (!isLate) await pieces.return?.()
  }
}

const MAX_TIMER_MS = 2 ** 31 - 1

/** @returns undefined when it took longer. */
async function waitAtMost<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(resolve, ms)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
    void work.catch(() => undefined) // in time, it was thrown; late, the request has failed already
  }
}

function tooSlow(clientStallMs: number): RoostError {
  return new RoostError('REQUEST_TIMEOUT', 'The blob arrived too slowly.', {
    hint: `Send it faster, without pauses of more than ${clientStallMs / 1000} seconds in total.`,
  })
}
