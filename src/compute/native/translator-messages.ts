import type { Failure } from '../protocol/index.ts'
import type { Args, Kind, Translated } from './translations.ts'

/** Between the host and the translator's thread: one order at a time, and its reply. */
export interface Order {
  kind: Kind
  args: Args<Kind>
}

export type Reply = { result: Translated<Kind> } | { failure: Failure }
