import { joinHeader, type RequestHead } from '../http/index.ts'
import type { Instructions } from './instructions.ts'

/** What of a request the values of instructions are read from. */
export interface VariantSource {
  readonly head: RequestHead
  /** As the target sees it: with its question mark, or ''. */
  readonly query: string
  /** Upper-case ISO code, or undefined. Asked only where it counts. */
  country(): string | undefined
}

/** The values of a request, as a text that two requests share only when all values are the same. */
export function describeVariant(instructions: Instructions, source: VariantSource): string {
  const { query, headers, cookies, languages, countries } = instructions
  const own = query === undefined ? sortQuery(source.query) : pickQuery(source.query, query)
  if (instructions.text === '') return own
  const fields = source.head.headers
  return JSON.stringify([
    own,
    headers.map((name) => joinHeader(fields, name) ?? null),
    cookies.length === 0 ? [] : pickCookies(joinCookies(fields), cookies),
    languages.length === 0 ? -1 : pickLanguage(joinHeader(fields, 'accept-language') ?? '', languages),
    countries.length === 0 ? -1 : findGroup(countries, source.country()?.toLowerCase()),
  ])
}

/** The same parameters in the order of their names. Parameters of one name stay in theirs, which means something. */
function sortQuery(query: string): string {
  if (!query.includes('&')) return query
  const pieces = query.slice(1).split('&')
  return `?${pieces.sort((a, b) => compare(nameOf(a), nameOf(b))).join('&')}`
}

function nameOf(piece: string): string {
  const at = piece.indexOf('=')
  return at === -1 ? piece : piece.slice(0, at)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

/** By their decoded names: to a function `%61=1` is `a=1`. */
function pickQuery(query: string, names: readonly string[]): string {
  if (query === '') return ''
  const params = new URLSearchParams(query)
  return JSON.stringify(names.map((name) => params.getAll(name)))
}

/** Two fields of cookies are one list of pairs (RFC 9113 §8.2.3). */
function joinCookies(headers: readonly string[]): string {
  let joined = ''
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i]!.length === 6 && headers[i]!.toLowerCase() === 'cookie') joined += `;${headers[i + 1]!}`
  return joined
}

/** All values of a name, since functions do not agree on which one counts. */
function pickCookies(text: string, names: readonly string[]): string[][] {
  const pairs = text.split(';').map((pair): [string, string] => {
    const at = pair.indexOf('=')
    return at === -1 ? ['', pair.trim()] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
  })
  return names.map((name) => pairs.filter(([each]) => each === name).map(([, value]) => value))
}

/** The bucket of the listed language that the client likes best; -1: none of them. */
function pickLanguage(accept: string, groups: readonly (readonly string[])[]): number {
  let best = -1
  let bestQuality = 0
  for (const item of accept.toLowerCase().split(',')) {
    const [range = '', ...parameters] = item.split(';')
    const quality = readQuality(parameters)
    if (quality <= bestQuality) continue
    const group = findLanguage(groups, range.trim())
    if (group === -1) continue
    best = group
    bestQuality = quality
  }
  return best
}

function readQuality(parameters: readonly string[]): number {
  const text = parameters.map((each) => each.trim()).find((each) => each.startsWith('q='))
  if (text === undefined) return 1
  const quality = Number(text.slice(2))
  return quality >= 0 && quality <= 1 ? quality : 0
}

/** `en-gb` is also `en` (RFC 4647 §3.4). */
function findLanguage(groups: readonly (readonly string[])[], range: string): number {
  for (let tag = range; tag !== ''; tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-')))) {
    const group = findGroup(groups, tag)
    if (group !== -1) return group
  }
  return -1
}

function findGroup(groups: readonly (readonly string[])[], value: string | undefined): number {
  return value === undefined ? -1 : groups.findIndex((group) => group.includes(value))
}
