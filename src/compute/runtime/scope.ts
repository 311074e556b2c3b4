import { AsyncLocalStorage } from 'node:async_hooks'
import type { Context } from './globals/context-type.ts'

/** What is known of the request that the running code works for. */
export interface RequestScope {
  /** The invocation's number in the protocol and in front of log lines. */
  readonly id: number
  /** False once the invocation is over: code that it left behind (a timer) can still run in its scope. */
  readonly isOpen: boolean
  readonly url: string
  /** `name: value\r\n` per header. */
  readonly headers: string
  /** Read by `getContext()` of `@netlify/functions`. Undefined for the Lambda format. */
  readonly context: Context | undefined
}

/** Where `@netlify/functions` looks (runtime.md §3.6); a storage that is already there is shared. */
const PUBLIC_KEY = Symbol.for('@netlify/functions/request-context-store')

function findOrCreate(): AsyncLocalStorage<RequestScope | undefined> {
  const holder = globalThis as { [PUBLIC_KEY]?: unknown }
  const existing = holder[PUBLIC_KEY]
  if (existing instanceof AsyncLocalStorage) return existing as AsyncLocalStorage<RequestScope | undefined>
  const created = new AsyncLocalStorage<RequestScope | undefined>()
  holder[PUBLIC_KEY] = created
  return created
}

/** The request scope follows user code through awaits, timers and callbacks. */
export const requestScope: AsyncLocalStorage<RequestScope | undefined> = findOrCreate()

/** The request that the running code works for, or undefined outside of one (module top level). */
export function currentRequest(): RequestScope | undefined {
  return requestScope.getStore()
}
