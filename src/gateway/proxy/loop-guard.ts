import type { RequestHead } from '../http/index.ts'

/**
 * Counts the proxies of this kind that a request has passed. It has to survive our own listener, which may be the target
 * (D134), so the door leaves it in: a client that sends it only shortens its own way.
 */
export const HOPS_HEADER = 'x-roost-hops'
/** One site may proxy to another, which proxies to a third: a request that has come this far goes in circles. */
export const MAX_HOPS = 5

/** How often the request has been proxied before. Of several headers the highest counts; what is not a number, not at all. */
export function countHops({ headers }: RequestHead): number {
  let hops = 0
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]!.length !== HOPS_HEADER.length || headers[i]!.toLowerCase() !== HOPS_HEADER) continue
    const value = headers[i + 1]!
    if (/^\d{1,3}$/.test(value)) hops = Math.max(hops, Number(value))
  }
  return hops
}
