import { findHeader } from '../http/index.ts'

/** What a request's conditions and range come to, for a file as it is now (RFC 9110, 13.2.2 and 14.2). */
export type Verdict =
  | { kind: 'whole' }
  | { kind: 'part'; start: number; length: number }
  /** With the tag that the client has: it may be that of another representation of the same content. */
  | { kind: 'not-modified'; etag: string }
  | { kind: 'precondition-failed' }
  | { kind: 'unsatisfiable' }

export interface FileFacts {
  etag: string
  /** Of representations that have the same content, otherwise encoded. */
  otherTags?: readonly string[]
  /** Whole seconds. */
  modifiedMs: number
  size: number
}

export function judgeRequest(headers: readonly string[], facts: FileFacts, isGet: boolean): Verdict {
  const ifMatch = findHeader(headers, 'if-match')
  if (ifMatch !== undefined) {
    if (findTag(ifMatch, facts, isStrongMatch) === undefined) return { kind: 'precondition-failed' }
  } else {
    const since = readDate(headers, 'if-unmodified-since')
    if (since !== undefined && facts.modifiedMs > since) return { kind: 'precondition-failed' }
  }
  const ifNoneMatch = findHeader(headers, 'if-none-match')
  if (ifNoneMatch !== undefined) {
    const etag = findTag(ifNoneMatch, facts, isWeakMatch)
    if (etag !== undefined) return { kind: 'not-modified', etag }
  } else {
    const since = readDate(headers, 'if-modified-since')
    if (since !== undefined && facts.modifiedMs <= since) return { kind: 'not-modified', etag: facts.etag }
  }
  const range = findHeader(headers, 'range')
  if (range === undefined || !isGet || !isRangeWanted(headers, facts)) return { kind: 'whole' }
  return parseRange(range, facts.size)
}

/** A part is of use only as long as the file is the one the client has the other parts of. */
function isRangeWanted(headers: readonly string[], { etag, modifiedMs }: FileFacts): boolean {
  const ifRange = findHeader(headers, 'if-range')
  if (ifRange === undefined) return true
  if (ifRange.includes('"')) return isStrongMatch(ifRange.trim(), etag)
  return Date.parse(ifRange) === modifiedMs
}

/** One range. Several, another unit, or what is not a range: the whole file, as RFC 9110 allows. */
function parseRange(text: string, size: number): Verdict {
  const match = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(text)
  if (match === null || (match[1] === '' && match[2] === '')) return { kind: 'whole' }
  const isSuffix = match[1] === ''
  const start = isSuffix ? Math.max(0, size - Number(match[2])) : Number(match[1])
  const end = isSuffix || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1)
  if (!isSuffix && match[2] !== '' && Number(match[2]) < start) return { kind: 'whole' }
  if (start >= size || (isSuffix && Number(match[2]) === 0)) return { kind: 'unsatisfiable' }
  return { kind: 'part', start, length: end - start + 1 }
}

/** Which of the file's tags the list has, the one that would be sent first. */
function findTag(
  list: string,
  { etag, otherTags = [] }: FileFacts,
  matches: (a: string, b: string) => boolean,
): string | undefined {
  if (list.trim() === '*') return etag
  const listed = list.match(/(?:W\/)?"[^"]*"/g) ?? []
  return [etag, ...otherTags].find((own) => listed.some((tag) => matches(tag, own)))
}

function isStrongMatch(tag: string, etag: string): boolean {
  return tag === etag && !tag.startsWith('W/')
}

function isWeakMatch(tag: string, etag: string): boolean {
  return tag.replace(/^W\//, '') === etag.replace(/^W\//, '')
}

function readDate(headers: readonly string[], name: string): number | undefined {
  const value = findHeader(headers, name)
  const ms = value === undefined ? Number.NaN : Date.parse(value)
  return Number.isNaN(ms) ? undefined : ms
}
