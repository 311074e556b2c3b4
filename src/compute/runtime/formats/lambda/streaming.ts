import type { LambdaEvent } from '../../../lambda/index.ts'
import type { Invocation } from '../../invocation.ts'
import { OwnPromise } from '../../own-globals.ts'
import type { CallFacts } from './call.ts'
import { createLambdaContext } from './context.ts'
import type { LambdaHandler } from './handler.ts'
import { ResponseStream } from './response-stream.ts'
import { failByResult } from './result.ts'

/**
 * Calls a handler that writes its answer to a stream (runtime.md §10.6, §13.5). The answer ends with the stream, the
 * invocation when the handler's promise has settled. A rejection before the first write is an ordinary failure; after
 * it the answer breaks off.
 */
export function callStreamingHandler(
  handler: LambdaHandler,
  event: LambdaEvent,
  invocation: Invocation,
  facts: CallFacts,
): void {
  const { answer } = invocation
  const stream = new ResponseStream(answer)
  stream.on('error', ignore) // the handler's promise tells
  const fail = (error: unknown): void => {
    if (answer.isDiscarded)
      answer.close() // the client went away, and the stream with it
    else failByResult(error, invocation, answer.isBegun ? 'body' : 'handler')
  }
  const finish = (): void => {
    if (!stream.writableEnded) fail(new Error('Response stream is not finished.'))
  }
  const context = createLambdaContext(invocation, facts, { succeed: ignore, fail })
  // A turn later, when the invocation knows that it has to wait: the handler may end its stream at once.
  const start = OwnPromise.resolve().then(() => handler(event, stream, context))
  invocation.waitUntil(start.then(finish, fail))
}

function ignore(): void {
  return
}
