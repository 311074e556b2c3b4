import type { Context } from './context.ts'

/** Where the runtime keeps the scope of the request that the running code works for. */
const SCOPE = Symbol.for('@netlify/functions/request-context-store')

interface Scope {
  getStore(): { context?: Context } | undefined
}

/**
 * The context of the request that is being handled, from anywhere in its call tree.
 * @throws Error outside of a request, and in functions of the Lambda format.
 */
export function getContext(): Context {
  const scope = (globalThis as { [SCOPE]?: Scope })[SCOPE]
  const context = scope?.getStore()?.context
  if (context === undefined)
    throw new Error('getContext() works only while a request is being handled: there is none here.')
  return context
}
