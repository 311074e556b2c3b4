import console from 'node:console'
import { readRequestHeader } from './fetch/index.ts'

/**
 * The header lines that every request of a deploy has, as a block that is appended to the request's own. Header values
 * are Latin-1: a header with another character is left out, with Netlify's words (runtime.md §2.1, case 63). Over HTTP
 * none can arrive, since every byte is a Latin-1 character.
 */
export function toHeaderBlock(pairs: readonly (readonly [name: string, value: string])[]): string {
  let block = ''
  for (const [name, value] of pairs) {
    if (isLatin1(value)) block += `${name}: ${value}\r\n`
    else console.warn(`Discarded request header '${name}' because it contains non-ASCII characters`)
  }
  return block
}

export function isLatin1(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false
  return true
}

export function readRequestId(headers: string): string {
  return readRequestHeader(headers, 'x-nf-request-id') ?? ''
}
