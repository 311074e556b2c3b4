import type { IncomingMessage } from 'node:http'
import { inspect } from 'node:util'
import { isRoostError } from '../../base/errors/index.ts'
import { GatheredBytes } from '../../base/lib/index.ts'
import type { Exchange } from '../../base/loopback/index.ts'
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
  exchange: Exchange,
  answer: Answer,
  options: ResponseOptions,
): Promise<void> {
  const { request } = exchange
  const isStream = request.headers['content-type']?.startsWith(STREAM_TYPE) === true
  if (isStream && !options.isBackground) return readStream(exchange, answer)
  const bytes = await collect(exchange, options.limitBytes * 2 + JSON_OVERHEAD_BYTES)
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

/** @throws PayloadTooLarge, at once: the connection ends with the answer. */
export async function collect({ body }: Exchange, limitBytes: number): Promise<Buffer> {
  try {
    return await body.collect(limitBytes)
  } catch (error) {
    if (!isRoostError(error) || error.code !== 'BODY_TOO_LARGE') throw error
    throw new PayloadTooLarge(`Exceeded maximum allowed payload size (${limitBytes} bytes).`)
  }
}

async function readStream({ request, body }: Exchange, answer: Answer): Promise<void> {
  const prelude = new GatheredBytes()
  /** Where the end of the metadata may begin. */
  let tail: Buffer = Buffer.alloc(0)
  let isOpen = false
  for await (const chunk of body) {
    if (isOpen) {
      await answer.write(chunk)
      continue
    }
    prelude.push(chunk)
    tail = Buffer.concat([tail.subarray(1 - PRELUDE_END.length), chunk])
    if (!tail.includes(PRELUDE_END)) {
      if (prelude.length > MAX_RESPONSE_HEAD_BYTES) throw new InvalidResult(NO_PRELUDE)
      continue
    }
    const bytes = prelude.take()
    const end = bytes.indexOf(PRELUDE_END)
    const metadata = checkMaps(checkResult(parse(bytes.subarray(0, end))))
    answer.open(readStatus(metadata.statusCode ?? 200), readHeaders(metadata))
    isOpen = true
    await answer.write(bytes.subarray(end + PRELUDE_END.length))
  }
  if (failLate(request, answer)) return
  if (!isOpen) throw new InvalidResult(NO_PRELUDE)
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
