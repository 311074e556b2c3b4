import { makeEvent } from './event.ts'
import { toReportedFailure } from './failure.ts'
import { readMetadata, readProgramResult } from './result.ts'
import { isModest } from './shape.ts'

/** All that is read from and written for a program, by name. Pure: it is done where there is time for it. */
export const TRANSLATIONS = {
  event: makeEvent,
  result: readProgramResult,
  metadata: readMetadata,
  failure: toReportedFailure,
} as const

export type Kind = keyof typeof TRANSLATIONS
export type Args<K extends Kind> = Parameters<(typeof TRANSLATIONS)[K]>[0]
export type Translated<K extends Kind> = ReturnType<(typeof TRANSLATIONS)[K]>

/** More is not done on the gateway's event loop: of the worst kind this much takes a few milliseconds. */
const MAX_INLINE_BYTES = 100 * 1024
const MAX_INLINE_VALUES = 3000
/** A byte of headers and address makes more work than one of a body. */
const HEAD_WEIGHT = 8

/** Whether it is done in no time. */
export function isQuick<K extends Kind>(kind: K, args: Args<K>): boolean {
  if (kind !== 'event') {
    const { bytes } = args as Args<'result' | 'metadata' | 'failure'>
    return bytes.length <= MAX_INLINE_BYTES && isModest(bytes, MAX_INLINE_VALUES)
  }
  const { headers, url } = (args as Args<'event'>).call
  return countBytes(kind, args) + (HEAD_WEIGHT - 1) * (headers.length + url.length) <= MAX_INLINE_BYTES
}

export function countBytes<K extends Kind>(kind: K, args: Args<K>): number {
  if (kind !== 'event') return (args as Args<'result' | 'metadata' | 'failure'>).bytes.length
  const { body, headers, url } = (args as Args<'event'>).call
  return (body?.length ?? 0) + headers.length + url.length
}

/** @throws what is wrong with it. */
export function translate<K extends Kind>(kind: K, args: Args<K>): Translated<K> {
  return (TRANSLATIONS[kind] as (args: Args<K>) => Translated<K>)(args)
}
