import type { Context } from '../../globals/context-type.ts'

/** What a module exports for us to call (runtime.md §1.1, §1.2). */
export interface WebHandler {
  readonly value: unknown
  /** Only objects are asked for handlers of events. */
  readonly isObject: boolean
  /** @throws TypeError when there is nothing to call; and what user code throws. */
  call(request: Request, context: Context): unknown
}

/**
 * The default export, unwrapped twice: ESM, and the shapes in which CommonJS arrives through `import()`. A module
 * without one is itself the handler.
 */
export function unwrap(namespace: object): WebHandler {
  let value: unknown = namespace
  for (let i = 0; i < 2; i++) if (isObject(value) && 'default' in value) value = value.default
  return toHandler(value)
}

function toHandler(value: unknown): WebHandler {
  if (typeof value === 'function')
    return { value, isObject: false, call: (request, context) => (value as Call)(request, context) }
  return {
    value,
    isObject: isObject(value),
    call(request, context) {
      const fetch: unknown = isObject(value) ? value.fetch : undefined
      if (typeof fetch !== 'function')
        throw new TypeError('The default export is neither a function nor an object with a function `fetch`')
      // Bound to the object, where Netlify's `this` is a record of its own: more code works.
      return (fetch as Call).call(value, request, context)
    },
  }
}

type Call = (request: Request, context: Context) => unknown

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
