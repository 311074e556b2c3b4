import { forEachHeader, readRequestHeader } from './header-block.ts'
import { toLowerName } from './header-text.ts'
import { Hang, openState } from './light.ts'
import { patchPrototype } from './patch.ts'
import { real } from './real.ts'
import { markUncloneable } from './uncloneable.ts'

/** Flat pairs: name as given, value, name, value. Not changed after it was made. */
export type HeaderList = readonly string[]

/**
 * What is behind the headers of a light request or response: where they come from, until something needs the
 * platform's `Headers`. Those are at first on their own; when the real request or response is made, its own take
 * their place, so there is always one that counts. (An iterator that is half-way at that moment goes on over the
 * former ones.)
 */
export class HeadersState {
  /** A request's block or a response's list. */
  readonly source: string | HeaderList
  real: Headers | undefined
  light: Headers | undefined = undefined

  constructor(source: string | HeaderList, real: Headers | undefined) {
    this.source = source
    this.real = real
  }
}

/** The object that user code gets, the same each time. */
export function lightHeadersOf(state: HeadersState): Headers {
  if (state.light === undefined) {
    state.light = new LightHeaders(state) as object as Headers
    markUncloneable(state.light)
  }
  return state.light
}

export function realHeadersOf(state: HeadersState): Headers {
  state.real ??= toRealHeaders(state.source)
  return state.real
}

/** @throws TypeError for a name or value that no header has. */
export function toRealHeaders(source: string | HeaderList): Headers {
  // One by one: the platform takes twice as long to convert a list of pairs.
  const headers = new real.Headers()
  const append = (name: string, value: string): void => real.headers.call('append', headers, [name, value])
  if (typeof source === 'string') forEachHeader(source, append)
  else for (let i = 0; i < source.length; i += 2) append(source[i]!, source[i + 1]!)
  return headers
}

/** The platform's headers behind `headers` if those are light, otherwise `headers`. */
export function unwrapHeaders<T>(headers: T): T {
  const state = LightHeaders.stateOf(headers)
  return state === undefined ? headers : (realHeadersOf(state) as T)
}

/** What light headers are still equal to: the source they were made of. */
export function sourceOf(headers: unknown): string | HeaderList | undefined {
  const state = LightHeaders.stateOf(headers)
  return state?.real === undefined ? state?.source : undefined
}

/** Makes objects with the platform's prototype, set in `patchHeaders`, and nothing else. */
function HeadersShape(): void {
  // no properties
}

class LightHeaders extends Hang {
  readonly #state: HeadersState

  constructor(state: HeadersState) {
    super(new (HeadersShape as unknown as new () => object)())
    this.#state = state
    if (openState.headers !== undefined) Object.assign(this, { [openState.headers]: state })
  }

  static stateOf(value: unknown): HeadersState | undefined {
    if (typeof value !== 'object' || value === null) return undefined
    if (#state in value) return value.#state
    return openState.headers && (value as Record<symbol, HeadersState | undefined>)[openState.headers]
  }
}

/** The block that a request's header called `name` can be read from without making anything. */
function blockFor(self: Headers, name: unknown): string | undefined {
  const state = LightHeaders.stateOf(self)
  if (state === undefined || state.real !== undefined || typeof name !== 'string') return undefined
  return typeof state.source === 'string' && toLowerName(name) !== undefined ? state.source : undefined
}

export function patchHeaders(): void {
  HeadersShape.prototype = real.Headers.prototype
  patchPrototype(real.Headers.prototype, unwrapHeaders, [
    {
      get(...args) {
        const block = blockFor(this, args[0])
        if (block === undefined) return real.headers.call('get', unwrapHeaders(this), args)
        return readRequestHeader(block, toLowerName(args[0])!) ?? null
      },
      has(...args) {
        const block = blockFor(this, args[0])
        if (block === undefined) return real.headers.call('has', unwrapHeaders(this), args)
        return readRequestHeader(block, toLowerName(args[0])!) !== undefined
      },
      forEach(...args) {
        const [callback, self] = args
        const inner = unwrapHeaders(this)
        if (inner !== this && typeof callback === 'function')
          args[0] = (value, name) => Reflect.apply(callback, self, [value, name, this])
        return real.headers.call('forEach', inner, args)
      },
    },
  ])
  // The standard makes these two one function.
  const entries = Object.getOwnPropertyDescriptor(real.Headers.prototype, 'entries')!
  Object.defineProperty(real.Headers.prototype, Symbol.iterator, { ...entries, enumerable: false })
}
