import type { LambdaEvent } from '../../../lambda/index.ts'
import type { Invocation } from '../../invocation.ts'
import { OwnPromise } from '../../own-globals.ts'
import { createLambdaContext, type ProcessFacts } from './context.ts'
import type { LambdaHandler } from './handler.ts'
import { failByResult, respondWithResult } from './result.ts'

export interface CallFacts extends ProcessFacts {
  /** Bytes of a response that is sent. */
  limitBytes: number
}

/**
 * Calls a handler that answers with its result. It can come in three ways, the first wins (runtime.md §10.5):
 *
 *   a returned promise       when it settles
 *   callback(error)          at once
 *   callback(null, result)   when the event loop is empty, unless `callbackWaitsForEmptyEventLoop` is false
 *   context.done, succeed, fail   at once
 *
 * A handler that does none of these has answered null once the event loop is empty.
 */
export function callHandler(
  handler: LambdaHandler,
  event: LambdaEvent,
  invocation: Invocation,
  facts: CallFacts,
): void {
  let isDone = false
  const finish = (act: () => void): void => {
    if (isDone) return
    isDone = true
    invocation.whenLoopIsEmpty = undefined
    act()
  }
  const succeed = (result?: unknown): void =>
    finish(() => {
      try {
        respondWithResult(result, invocation, facts.limitBytes)
      } catch (error) {
        failByResult(error, invocation, 'result')
      }
    })
  const fail = (error?: unknown): void => finish(() => invocation.fail(error, 'handler'))
  const context = createLambdaContext(invocation, facts, { succeed, fail })

  let isCalledBack = false
  const callback = (error?: unknown, result?: unknown): void => {
    if (error !== undefined && error !== null) return fail(error)
    if (!context.callbackWaitsForEmptyEventLoop) return succeed(result ?? null)
    if (isDone || isCalledBack) return
    isCalledBack = true
    invocation.whenLoopIsEmpty = () => succeed(result ?? null)
  }

  try {
    const returned = handler(event, context, callback)
    if (isThenable(returned)) OwnPromise.resolve(returned).then(succeed, fail)
    else if (!isDone && !isCalledBack) invocation.whenLoopIsEmpty = () => succeed(null)
  } catch (error) {
    fail(error)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}
