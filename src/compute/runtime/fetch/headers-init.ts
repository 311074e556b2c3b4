import { followForm } from './decoded.ts'
import { isPlainText, normalizeValue, toLowerName } from './header-text.ts'
import { type HeaderList, sourceOf, unwrapHeaders } from './headers.ts'
import { real } from './real.ts'

const IMPLIED: Record<string, HeaderList> = Object.create(null)

/**
 * Reads the `headers` of a constructor's init: a list for plain objects and pairs of strings, the platform's own for
 * `Headers`, undefined for everything that the platform has to convert or to refuse.
 * @param impliedType content type of the body, added when the headers name none.
 */
export function readHeadersInit(
  init: unknown,
  impliedType: string | undefined,
): HeaderList | Headers | undefined {
  if (init === undefined) {
    if (impliedType === undefined) return []
    IMPLIED[impliedType] ??= ['content-type', impliedType]
    return IMPLIED[impliedType]
  }
  if (typeof init !== 'object' || init === null) return undefined
  const prototype = Object.getPrototypeOf(init)
  if (prototype === real.Headers.prototype) {
    const source = sourceOf(init)
    if (source === undefined || typeof source === 'string') return copyOf(init as Headers, impliedType)
    return impliedType === undefined || hasContentType(source)
      ? source
      : [...source, 'content-type', impliedType]
  }
  const list: string[] = []
  let isTyped = impliedType === undefined
  if (Array.isArray(init)) {
    for (const pair of init as unknown[]) {
      if (!Array.isArray(pair) || pair.length !== 2) return undefined
      const lower = addPair(list, pair[0], pair[1])
      if (lower === undefined) return undefined
      if (lower === 'content-type') isTyped = true
    }
  } else if (prototype === Object.prototype || prototype === null) {
    // Symbols and hidden properties are for the platform: its versions treat them differently.
    const keys = Reflect.ownKeys(init)
    if (keys.length !== Object.keys(init).length) return undefined
    for (const key of keys) {
      if (key === '__proto__') return undefined
      const lower = addPair(list, key, (init as Record<PropertyKey, unknown>)[key])
      if (lower === undefined) return undefined
      if (lower === 'content-type') isTyped = true
    }
  } else return undefined
  if (!isTyped) list.push('content-type', impliedType!)
  return list
}

function addPair(list: string[], name: unknown, value: unknown): string | undefined {
  if (typeof name !== 'string' || typeof value !== 'string') return undefined
  const lower = toLowerName(name)
  if (lower === undefined || !isPlainText(value)) return undefined
  list.push(name, normalizeValue(value))
  return lower
}

function hasContentType(list: HeaderList): boolean {
  for (let i = 0; i < list.length; i += 2) if (toLowerName(list[i]!) === 'content-type') return true
  return false
}

function copyOf(headers: Headers, impliedType: string | undefined): Headers {
  const inner = unwrapHeaders(headers)
  const copy = followForm(inner, new real.Headers(inner))
  if (impliedType !== undefined && !real.headers.call('has', copy, ['content-type']))
    real.headers.call('append', copy, ['content-type', impliedType])
  return copy
}
