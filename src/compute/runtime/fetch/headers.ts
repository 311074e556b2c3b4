import { forEachHeader, readRequestHeader } from './header-block.ts'
import { toLowerName } from './header-text.ts'
import { Hang } from './light.ts'
import { patchPrototype } from './patch.ts'
import { real } from './real.ts'
import { markUncloneable } from './uncloneable.ts'

/**
 * The headers of a light request: `get` and `has` read the block, everything else makes the platform's `Headers` and
 * from then on works on that.
 */
export function createLightHeaders(block: string): Headers {
  const light = new LightHeaders(new HeadersState(block)) as object
  markUncloneable(light)
  return light as Headers
}

class HeadersState {
  readonly block: string
  real: Headers | undefined = undefined

  constructor(block: string) {
    this.block = block
  }
}

/** The platform's `Headers` for a block. @throws TypeError for a name or value that no header has. */
export function toRealHeaders(block: string): Headers {
  const pairs: [string, string][] = []
  forEachHeader(block, (name, value) => pairs.push([name, value]))
  return new real.Headers(pairs)
}

/** The platform's headers behind `headers`, which may be light. */
export function realHeadersOf(headers: Headers): Headers {
  const state = LightHeaders.stateOf(headers)
  return state === undefined ? headers : realOf(state)
}

function realOf(state: HeadersState): Headers {
  state.real ??= toRealHeaders(state.block)
  return state.real
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
  }

  static stateOf(value: unknown): HeadersState | undefined {
    return typeof value === 'object' && value !== null && #state in value ? value.#state : undefined
  }
}

export function patchHeaders(): void {
  HeadersShape.prototype = real.Headers.prototype
  patchPrototype(
    real.Headers.prototype,
    {
      get(...args) {
        const name: unknown = args[0]
        const state = LightHeaders.stateOf(this)
        if (state !== undefined && state.real === undefined && typeof name === 'string') {
          const lower = toLowerName(name)
          if (lower !== undefined) return readRequestHeader(state.block, lower) ?? null
        }
        return real.headers.call('get', realHeadersOf(this), args)
      },
      has(...args) {
        const name: unknown = args[0]
        const state = LightHeaders.stateOf(this)
        if (state !== undefined && state.real === undefined && typeof name === 'string') {
          const lower = toLowerName(name)
          if (lower !== undefined) return readRequestHeader(state.block, lower) !== undefined
        }
        return real.headers.call('has', realHeadersOf(this), args)
      },
    },
    realHeadersOf,
  )
  // The standard makes these two one function.
  const entries = Object.getOwnPropertyDescriptor(real.Headers.prototype, 'entries')!
  Object.defineProperty(real.Headers.prototype, Symbol.iterator, { ...entries, enumerable: false })
}
