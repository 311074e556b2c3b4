import { isIP } from 'node:net'

/**
 * Whether `text` says which servers are meant: a host name, `*.example.com`, an address, a network, `private` or `*`, each perhaps
 * with `!` in front.
 */
export function isTargetPattern(text: string): boolean {
  const pattern = text.startsWith('!') ? text.slice(1) : text
  if (pattern === '*') return true
  const [address = '', length, ...rest] = pattern.split('/')
  const family = isIP(address)
  if (length !== undefined)
    return (
      family !== 0 &&
      rest.length === 0 &&
      /^\d{1,3}$/.test(length) &&
      Number(length) <= (family === 4 ? 32 : 128)
    )
  return family !== 0 || (NAME.test(pattern) && !/^[\d.]+$/.test(pattern))
}

const NAME = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i
