import { setTimeout as sleep } from 'node:timers/promises'

/** Between two looks, after the first few, which follow one another faster: most conditions hold within a moment. */
const LOOK_EVERY_MS = 20

/**
 * Looks again and again until `look` gives something other than undefined and false. For conditions that nobody announces;
 * where there is an event, wait for that.
 */
export async function waitFor<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (let pauseMs = 1; ; pauseMs = Math.min(2 * pauseMs, LOOK_EVERY_MS)) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`)
    await sleep(pauseMs)
  }
}

/** Waits until `read` gives the same value at two looks that are `restMs` apart. For rest, which nobody announces. */
export async function waitForRest<T>(
  what: string,
  read: () => T | Promise<T>,
  restMs: number,
  timeoutMs?: number,
): Promise<T> {
  let last = await read()
  await waitFor(
    what,
    async () => {
      await sleep(restMs)
      const before = last
      last = await read()
      return last === before
    },
    timeoutMs,
  )
  return last
}

/** A pause that is itself what is tested, such as the moment of a kill. scripts/waits.test.ts lists who may. */
export const pause = sleep
