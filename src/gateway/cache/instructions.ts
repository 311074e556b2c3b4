import { readList } from '../../platform/answers/index.ts'
import { joinHeader } from '../http/index.ts'

/** What of a request, beside its URL, the responses of a URL depend on: `Netlify-Vary` and `Vary` (dev-and-edge.md §12.3). */
export interface Instructions {
  /** The same text for the same instructions: it is part of the key, and what a URL's record holds. */
  readonly text: string
  /** Names of the parameters that count; undefined: the whole query. */
  readonly query: readonly string[] | undefined
  /** Lower-case. */
  readonly headers: readonly string[]
  readonly cookies: readonly string[]
  /** Each group is one bucket. Lower-case. */
  readonly languages: readonly (readonly string[])[]
  readonly countries: readonly (readonly string[])[]
}

/** The key of a response that says nothing: its URL with the whole query. */
export const DEFAULT_INSTRUCTIONS: Instructions = {
  text: '',
  query: undefined,
  headers: [],
  cookies: [],
  languages: [],
  countries: [],
}

/** @returns a sentence where the response cannot be stored. */
export function readInstructions(
  headers: readonly string[],
  steering: readonly string[],
): Instructions | string {
  const own = joinHeader(steering, 'netlify-vary')
  const vary = joinHeader(headers, 'vary')
  const isEncoded = hasCoding(headers)
  if (own === undefined && vary === undefined && !isEncoded) return DEFAULT_INSTRUCTIONS
  const found = parseNetlifyVary(own ?? '')
  if (typeof found === 'string') return found
  for (const name of readList(vary)) found.headers.add(name.toLowerCase())
  if (isEncoded) found.headers.add('accept-encoding')
  if (found.headers.has('*')) return 'the response varies by everything'
  for (const name of found.headers)
    if (isOurs(name)) return `the response varies by "${name}", which Roost sets for each request`
  return build(found)
}

/** Encoded for the client that has asked: whether it says so with `vary` or not, others may not be able to read it. */
function hasCoding(headers: readonly string[]): boolean {
  const coding = joinHeader(headers, 'content-encoding')?.trim().toLowerCase() ?? ''
  return coding !== '' && coding !== 'identity'
}

/** From a record's text. */
export function parseInstructions(text: string): Instructions {
  if (text === '') return DEFAULT_INSTRUCTIONS
  const found = parseNetlifyVary(text)
  if (typeof found === 'string') throw new Error(found)
  return build(found)
}

interface Found {
  query: Set<string> | undefined
  isWholeQuery: boolean
  readonly headers: Set<string>
  readonly cookies: Set<string>
  readonly languages: Set<string>
  readonly countries: Set<string>
}

function parseNetlifyVary(text: string): Found | string {
  const found: Found = {
    query: undefined,
    isWholeQuery: false,
    headers: new Set(),
    cookies: new Set(),
    languages: new Set(),
    countries: new Set(),
  }
  for (const item of readList(text)) {
    const at = item.indexOf('=')
    const name = (at === -1 ? item : item.slice(0, at)).trim().toLowerCase()
    const values = at === -1 ? [] : readValues(item.slice(at + 1))
    if (name === 'query' && values.length === 0) found.isWholeQuery = true
    else if (name === 'query') found.query = add(found.query ?? new Set(), values)
    else if (name === 'header') add(found.headers, values.map(lower))
    else if (name === 'cookie') add(found.cookies, values)
    else if (name === 'language') add(found.languages, values.map(lower))
    else if (name === 'country') add(found.countries, values.map(lower))
    else return `Netlify-Vary has "${item.slice(0, 100)}", which is not one of its instructions`
  }
  return found
}

function build(found: Found): Instructions | never {
  const query = found.isWholeQuery ? undefined : sort(found.query)
  const [headers, cookies] = [sort(found.headers) ?? [], sort(found.cookies) ?? []]
  const [languages, countries] = [sort(found.languages) ?? [], sort(found.countries) ?? []]
  const parts = [
    describe('query', query),
    describe('header', headers),
    describe('cookie', cookies),
    describe('language', languages),
    describe('country', countries),
  ]
  return {
    text: parts.filter((part) => part !== '').join(','),
    query,
    headers,
    cookies,
    languages: languages.map(readGroup),
    countries: countries.map(readGroup),
  }
}

function describe(name: string, values: readonly string[] | undefined): string {
  return values === undefined || values.length === 0 ? '' : `${name}=${values.join('|')}`
}

function add(set: Set<string>, values: readonly string[]): Set<string> {
  for (const value of values) set.add(value)
  return set
}

function sort(set: ReadonlySet<string> | undefined): string[] | undefined {
  return set && [...set].sort()
}

function readValues(text: string): string[] {
  return text
    .split('|')
    .map((value) => value.trim())
    .filter((value) => value !== '')
}

function readGroup(value: string): string[] {
  return value
    .split('+')
    .map((each) => each.trim())
    .filter((each) => each !== '')
}

function lower(text: string): string {
  return text.toLowerCase()
}

/** The function is told these by us, from the connection: they are not in the client's request. */
function isOurs(name: string): boolean {
  return name.startsWith('x-nf-') || OURS.has(name)
}

const OURS: ReadonlySet<string> = new Set(['x-forwarded-for', 'client-ip', 'x-country', 'x-language'])
