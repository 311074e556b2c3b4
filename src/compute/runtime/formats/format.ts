import type { Invocation } from '../invocation.ts'

/** A calling convention: how an invocation becomes a call of user code, and what becomes of the result. */
export interface Format {
  /**
   * Calls user code, importing it first when that has not happened. Everything that goes wrong is reported through
   * the invocation; never throws.
   */
  run(invocation: Invocation): void
}
