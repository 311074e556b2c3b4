import { findHeader } from '../http/index.ts'

/** The cookies of a request by name; of two with one name the first counts (RFC 6265, 5.4: the more specific path). */
export function readCookies(headers: readonly string[]): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>()
  const text = findHeader(headers, 'cookie')
  if (text === undefined) return cookies
  for (const pair of text.split(';')) {
    const equals = pair.indexOf('=')
    if (equals === -1) continue
    const name = pair.slice(0, equals).trim()
    if (!cookies.has(name)) cookies.set(name, unquote(pair.slice(equals + 1).trim()))
  }
  return cookies
}

function unquote(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}
