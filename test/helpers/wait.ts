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
