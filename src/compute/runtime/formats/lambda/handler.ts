import type { Failure } from '../../../protocol/index.ts'
import { toFailure } from '../../failure.ts'

/** The named export `handler`. Its arguments depend on whether it streams. */
export type LambdaHandler = (...values: unknown[]) => unknown

/**
 * Finds `handler` in an ES module, or on what a CommonJS module exports, where Node could not tell its names.
 * @throws Runtime.HandlerNotFound
 */
export function findHandler(namespace: object): LambdaHandler {
  let holder: unknown = namespace
  for (let i = 0; i < 3 && typeof holder === 'object' && holder !== null; i++) {
    const { handler } = holder as { handler?: unknown }
    if (typeof handler === 'function') return handler as LambdaHandler
    holder = (holder as { default?: unknown }).default
  }
  throw new HandlerNotFound('handler is undefined or not exported')
}

class HandlerNotFound extends Error {
  override readonly name = 'Runtime.HandlerNotFound'
}

/** A failed import under the names that AWS's runtime gives (runtime.md §1.4). */
export function toLoadFailure(error: unknown): Failure {
  const failure = toFailure(error, 'load')
  const code = readCode(error)
  if (code === 'ERR_REQUIRE_ESM') return { ...failure, errorMessage: REQUIRE_ESM }
  const text = `${failure.errorType}: ${failure.errorMessage}`
  if (failure.errorType === 'SyntaxError')
    return { ...failure, errorType: 'Runtime.UserCodeSyntaxError', errorMessage: text }
  if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND')
    return { ...failure, errorType: 'Runtime.ImportModuleError', errorMessage: text }
  return failure
}

function readCode(error: unknown): unknown {
  try {
    return (error as { code?: unknown } | null | undefined)?.code
  } catch {
    return undefined // user code can throw an object whose getters throw
  }
}

/** As the CLI puts it (runtime.md §10.5). */
const REQUIRE_ESM =
  'a CommonJS file cannot import ES modules. Consider switching your function to ES modules. For more information, refer to https://ntl.fyi/functions-runtime.'
