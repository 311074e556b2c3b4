import { real } from './real.ts'

/** The origin seen last and what the URL parser makes of it: an instance is asked under one or two names. */
let lastOrigin = ''
let lastNormalized = ''

/**
 * What `new URL(url).href` returns, for the usual URL without parsing it: the origin is remembered, and a path and
 * query without any character that the parser would change or take away are passed on.
 * @throws TypeError, the platform's own, for a URL that `new Request` refuses (not absolute, with credentials).
 */
export function normalizeUrl(url: string): string {
  const pathStart = url.indexOf('/', url.indexOf('//') + 2)
  if (pathStart < 0) return new real.Request(url).url
  const origin = url.slice(0, pathStart)
  const path = url.slice(pathStart)
  const isUsual = USUAL.test(path)
  if (isUsual && origin === lastOrigin) return lastNormalized + path
  const whole = new real.Request(url).url
  if (isUsual && whole.endsWith(path) && ORIGIN.test(whole.slice(0, -path.length))) {
    lastOrigin = origin
    lastNormalized = whole.slice(0, -path.length)
  }
  return whole
}

/**
 * Path and query whose characters the URL parser leaves alone, and whose path has no segment that might be `.` or
 * `..` (also written `%2e`). Both sets of characters are smaller than the standard's: what is not here is parsed.
 */
const USUAL = /^(?:\/(?!\.(?:[./?%]|$)|%2)[\w\-.~!$&()*+,;=:@%]*)+(?:\?[\w\-.~!$&()*+,;=:@%/?[\]]*)?$/
const ORIGIN = /^https?:\/\/[^/?#]+$/
