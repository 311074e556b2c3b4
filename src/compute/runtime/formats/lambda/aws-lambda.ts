import type { LambdaResult } from '../../../lambda/index.ts'
import type { LambdaHandler } from './handler.ts'
import { ResponseStream } from './response-stream.ts'

/** AWS's own mark of a handler that streams (runtime.md §13.5). */
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming')
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark')

export function isStreaming(handler: LambdaHandler): boolean {
  return (handler as { [STREAMING]?: unknown })[STREAMING] === 'response'
}

/** The global `awslambda`, which `stream()` of `@netlify/functions` uses while a module is evaluated. */
export function installAwsLambda(): void {
  const awslambda = {
    streamifyResponse<T extends object>(handler: T, options?: { highWaterMark?: number }): T {
      return Object.assign(handler, { [STREAMING]: 'response', [HIGH_WATER_MARK]: options?.highWaterMark })
    },
    HttpResponseStream: {
      /** Status and headers for a stream on which nothing has been written. */
      from(stream: unknown, metadata: LambdaResult): unknown {
        if (!(stream instanceof ResponseStream))
          throw new TypeError(
            'HttpResponseStream.from needs the responseStream that the handler was called with',
          )
        stream.setHead(metadata)
        return stream
      },
    },
  }
  Object.defineProperty(globalThis, 'awslambda', {
    value: awslambda,
    configurable: true,
    enumerable: true,
    writable: true,
  })
}
