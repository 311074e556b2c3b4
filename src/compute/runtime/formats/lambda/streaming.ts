import type { Invocation } from '../../invocation.ts'
import type { CallFacts } from './call.ts'
import { createLambdaContext } from './context.ts'
import type { LambdaEvent } from './event.ts'
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
  invocation.waitUntil(run(handler, event, stream, context).then(finish, fail))
}

/** A handler that throws at once has failed like one that rejects. */
async function run(handler: LambdaHandler, ...values: unknown[]): Promise<void> {
  await handler(...values)
}

function ignore(): void {
  return
}
