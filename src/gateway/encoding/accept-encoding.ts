import { joinHeader, rememberNames } from '../http/index.ts'
import { CODINGS, type Coding } from './coding.ts'

/** What a client says of content codings (RFC 9110, 12.5.3). */
export interface Acceptance {
  /** Those that it would rather have than the content as it is; what it likes best comes first, then what we do. */
  readonly codings: readonly Coding[]
  /** It does not want the content as it is: `identity;q=0`. */
  readonly refusesIdentity: boolean
}

/** Undefined: the client says nothing, and gets the content as it is, as clients that know no coding expect. */
export function readAcceptance(headers: readonly string[]): Acceptance | undefined {
  const list = joinHeader(headers, 'accept-encoding')
  return list === undefined ? undefined : parseAcceptance(list)
}

/** Browsers name four. What stands behind so many is not looked at: a head has room for thousands. */
const MAX_ITEMS = 32

/** A coding that is named counts as named, another as `*` says; where `identity` is named, what is liked less is left out. */
export const parseAcceptance = rememberNames((list): Acceptance => {
  const weights = new Map<string, number>()
  for (const item of list.split(',', MAX_ITEMS)) {
    const [name = '', ...parameters] = item.split(';', 3)
    const weight = readWeight(parameters)
    if (weight !== undefined) weights.set(unalias(name.trim().toLowerCase()), weight)
  }
  const others = weights.get('*')
  const identity = weights.get('identity')
  const weigh = (coding: Coding): number => weights.get(coding) ?? others ?? 0
  const codings = CODINGS.filter((coding) => weigh(coding) > 0 && weigh(coding) >= (identity ?? 0))
  return {
    codings: codings.sort((a, b) => weigh(b) - weigh(a)),
    refusesIdentity: (identity ?? others) === 0,
  }
})

/** @returns undefined for what is not a weight: the item means nothing then. */
function readWeight(parameters: readonly string[]): number | undefined {
  if (parameters.length === 0) return 1
  const match = /^\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*$/i.exec(parameters[0]!)
  return match === null || parameters.length > 1 ? undefined : Number(match[1])
}

/** RFC 9110, 8.4.1.3. */
function unalias(name: string): string {
  return name === 'x-gzip' ? 'gzip' : name
}
