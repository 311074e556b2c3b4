import { OwnPromise } from '../own-globals.ts'
import { type PlainBody, readBytes, readText } from './body.ts'
import type { Overrides } from './patch.ts'
import type { Members } from './real.ts'

/** What the states of requests and responses have in common. `T` is `Request` or `Response`. */
export interface BodyState<T> {
  readonly body: PlainBody | ReadableStream<Uint8Array>
  /** A body that needed no stream was read. */
  isUsed: boolean
  /** The platform's object: from its making on it answers for the body. */
  real: T | undefined
}

/**
 * The readers that take a plain body as it is, for both classes. What they do not know (a byte order mark, a second
 * reading, a stream) the platform's object answers.
 */
export function createBodyMembers<T extends Request | Response>(
  stateOf: (value: unknown) => BodyState<T> | undefined,
  members: Members<T>,
  resolve: (self: T) => T,
): Overrides<Pick<T, 'text' | 'json' | 'arrayBuffer' | 'bytes'>> {
  return {
    text() {
      const state = stateOf(this)
      const text = isReadable(state) ? readText(state.body) : undefined
      if (text === undefined) return members.call('text', resolve(this as T), [])
      state!.isUsed = state!.body !== null
      return OwnPromise.resolve(text)
    },
    json() {
      const state = stateOf(this)
      const text = isReadable(state) ? readText(state.body) : undefined
      if (text === undefined) return members.call('json', resolve(this as T), [])
      state!.isUsed = state!.body !== null
      try {
        return OwnPromise.resolve(JSON.parse(text))
      } catch (error) {
        return OwnPromise.reject(error)
      }
    },
    arrayBuffer() {
      const state = stateOf(this)
      if (!isReadable(state)) return members.call('arrayBuffer', resolve(this as T), [])
      state.isUsed = state.body !== null
      return OwnPromise.resolve(readBytes(state.body).buffer)
    },
    bytes() {
      const state = stateOf(this)
      if (!isReadable(state)) return members.call('bytes', resolve(this as T), [])
      state.isUsed = state.body !== null
      return OwnPromise.resolve(readBytes(state.body))
    },
  } as Overrides<Pick<T, 'text' | 'json' | 'arrayBuffer' | 'bytes'>>
}

interface ReadableState {
  readonly body: PlainBody
  isUsed: boolean
}

function isReadable(state: BodyState<unknown> | undefined): state is BodyState<unknown> & ReadableState {
  if (state === undefined || state.isUsed || state.real !== undefined) return false
  const body = state.body
  return body === null || typeof body === 'string' || body instanceof Uint8Array
}
