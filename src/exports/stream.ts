import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Handler, HandlerContext, HandlerEvent, StreamingHandler, StreamingResponse } from './lambda.ts'

/** What the runtime puts into `globalThis` for functions of the Lambda format. */
interface AwsLambda {
  streamifyResponse(
    handler: (event: HandlerEvent, stream: Writable, context: HandlerContext) => Promise<void>,
  ): Handler
  HttpResponseStream: { from(stream: Writable, head: Omit<StreamingResponse, 'body'>): Writable }
}

/**
 * Lets a handler answer with a stream: a Node `Readable`, a `ReadableStream`, or anything that can be iterated. Status
 * and headers are sent before the first chunk.
 */
export function stream(handler: StreamingHandler): Handler {
  const { awslambda } = globalThis as unknown as { awslambda: AwsLambda }
  return awslambda.streamifyResponse(async (event, responseStream, context) => {
    const { body, ...head } = await handler(event, context)
    const answer = awslambda.HttpResponseStream.from(responseStream, head)
    if (body === undefined || typeof body === 'string') answer.end(body)
    else await pipeline(body, answer)
  })
}
