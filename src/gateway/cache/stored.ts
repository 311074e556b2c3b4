/**
 * An object is kept for a while after it can be used, so that `cache-status` can tell a response that came too late
 * (`fwd=stale`) from one that was never there.
 */
export const TRACE_MS = 60_000

/** The headers of a response as they are stored: without what belongs to one response, and with the date of its making. */
export function toStoredHeaders(headers: readonly string[], now: () => number = Date.now): string[] {
  const stored: string[] = []
  let hasDate = false
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!.toLowerCase()
    if (OF_ONE_RESPONSE.has(name)) continue
    if (name === 'date') hasDate = true
    stored.push(headers[i]!, headers[i + 1]!)
  }
  if (!hasDate) stored.push('date', new Date(now()).toUTCString())
  return stored
}

/** `age` is counted from what it said; framing is the front's. */
const OF_ONE_RESPONSE: ReadonlySet<string> = new Set(['age', 'content-length', 'x-nf-request-id'])
