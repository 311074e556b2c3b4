import type { IncomingMessage } from 'node:http'
import { inspect } from 'node:util'
import {
  checkResult,
  InvalidResult,
  type LambdaResult,
  MAX_RESPONSE_HEAD_BYTES,
  readHeaders,
  readResult,
  readStatus,
} from '../protocol/index.ts'
import type { Answer } from './answer.ts'
import { toReportedFailure } from './failure.ts'

/** Says that the body is not a JSON result but its metadata, eight NUL bytes, and the body as it comes. */
const STREAM_TYPE = 'application/vnd.awslambda.http-integration-response'
const PRELUDE_END = Buffer.alloc(8)
/** JSON and base64 make a body longer: twice the limit and this much holds every result that is within it but odd ones. */
const JSON_OVERHEAD_BYTES = 1024 * 1024
const MAX_DROPPED_BYTES = 64 * 1024 * 1024

/** More came than any result within the limit needs. */
export class PayloadTooLarge extends Error {
  override readonly name = 'Function.ResponseSizeTooLarge'
}

export interface ResponseOptions {
  limitBytes: number
  /** Nobody hears the answer of a background function: anything will do. */
  isBackground: boolean
}

/**
 * Reads what a program posts as its response, and answers the call with it (runtime.md §11.2, §11.4).
 * @throws PayloadTooLarge; an error of the connection; what is wrong with the result.
 */
export async function readResponse(
  request: IncomingMessage,
  answer: Answer,
  options: ResponseOptions,
): Promise<void> {
  const isStream = request.headers['content-type']?.startsWith(STREAM_TYPE) === true
  if (isStream && !options.isBackground) return readStream(request, answer)
  const bytes = await collect(request, options.limitBytes * 2 + JSON_OVERHEAD_BYTES)
  if (failLate(request, answer)) return
  if (options.isBackground) {
    answer.open(200, [])
    return answer.close()
  }
  const { status, headers, body } = readResult(checkMaps(checkResult(parse(bytes))), options.limitBytes)
  answer.open(status, headers)
  await answer.write(typeof body === 'string' ? Buffer.from(body) : body)
  answer.close()
}

/**
 * Collects a posted body. What is over the limit is read, so that the client hears why it is refused, but not kept.
 * @throws PayloadTooLarge; the connection is broken off when the body has no end.
 */
export async function collect(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= limitBytes) chunks.push(chunk)
    else chunks.length = 0
    if (bytes > limitBytes + MAX_DROPPED_BYTES) break
  }
  if (bytes > limitBytes)
    throw new PayloadTooLarge(`Exceeded maximum allowed payload size (${limitBytes} bytes).`)
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}

async function readStream(request: IncomingMessage, answer: Answer): Promise<void> {
  let prelude: Buffer | undefined = Buffer.alloc(0)
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (prelude === undefined) {
      await answer.write(chunk)
      continue
    }
    prelude = Buffer.concat([prelude, chunk])
    const end = prelude.indexOf(PRELUDE_END)
    if (end === -1) {
      if (prelude.length > MAX_RESPONSE_HEAD_BYTES) throw new InvalidResult(NO_PRELUDE)
      continue
    }
    const metadata = checkMaps(checkResult(parse(prelude.subarray(0, end))))
    answer.open(readStatus(metadata.statusCode ?? 200), readHeaders(metadata))
    await answer.write(prelude.subarray(end + PRELUDE_END.length))
    prelude = undefined
  }
  if (failLate(request, answer)) return
  if (prelude !== undefined) throw new InvalidResult(NO_PRELUDE)
  answer.close()
}

const NO_PRELUDE =
  'Your function streams a response that does not begin with its metadata and eight NUL bytes'

/** Go's client learns of a reader's error when the response has begun: then it is in the trailers. */
function failLate({ trailers }: IncomingMessage, answer: Answer): boolean {
  const errorType = trailers['lambda-runtime-function-error-type']
  if (errorType === undefined) return false
  const body = Buffer.from(trailers['lambda-runtime-function-error-body'] ?? '', 'base64')
  answer.fail(toReportedFailure(body, errorType, answer.isWaiting ? 'handler' : 'body'))
  return true
}

/** Inside the host a text of megabytes must not be taken for a map of that many characters. */
function checkMaps(result: LambdaResult): LambdaResult {
  for (const key of ['headers', 'multiValueHeaders'] as const) {
    const value: unknown = result[key]
    if (value !== undefined && value !== null && typeof value !== 'object')
      throw new InvalidResult(
        `Your function response must have an object as ${key}. You gave: ${inspect(value)}`,
      )
  }
  return result
}

function parse(bytes: Buffer): unknown {
  if (bytes.length === 0) return null
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw new InvalidResult(`Your function response must be JSON: ${(error as Error).message}`)
  }
}
