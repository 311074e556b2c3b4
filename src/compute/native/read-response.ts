import type { IncomingMessage } from 'node:http'
import { isRoostError } from '../../base/errors/index.ts'
import type { Exchange } from '../../base/loopback/index.ts'
import type { Answer } from './answer.ts'
import { noPrelude, Prelude } from './prelude.ts'
import type { Args, Kind, Translated } from './translations.ts'

/** Says that the body is not a JSON result but its metadata, eight NUL bytes, and the body as it comes. */
const STREAM_TYPE = 'application/vnd.awslambda.http-integration-response'
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
  translate: Translate
}

/** Done in another thread where it takes more than a moment. */
export type Translate = <K extends Kind>(kind: K, args: Args<K>) => Translated<K> | Promise<Translated<K>>

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
  if (isStream && !options.isBackground) return readStream(exchange, answer, options.translate)
  const bytes = await collect(exchange, options.limitBytes * 2 + JSON_OVERHEAD_BYTES)
  if (await failLate(request, answer, options.translate)) return
  if (options.isBackground) {
    answer.open(200, [])
    return answer.close()
  }
  const { limitBytes } = options
  const { status, headers, body } = await options.translate('result', { bytes, limitBytes })
  answer.open(status, headers)
  await answer.write(body)
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

async function readStream({ request, body }: Exchange, answer: Answer, translate: Translate): Promise<void> {
  let prelude: Prelude | undefined = new Prelude()
  for await (const chunk of body) {
    if (prelude === undefined) {
      await answer.write(chunk)
      continue
    }
    const found = prelude.push(chunk)
    if (found === undefined) continue
    prelude = undefined
    const { status, headers } = await translate('metadata', { bytes: found.metadata })
    answer.open(status, headers)
    await answer.write(found.rest)
  }
  if (await failLate(request, answer, translate)) return
  if (prelude !== undefined) throw noPrelude()
  answer.close()
}

/** Go's client learns of a reader's error when the response has begun: then it is in the trailers. */
async function failLate(
  { trailers }: IncomingMessage,
  answer: Answer,
  translate: Translate,
): Promise<boolean> {
  const headerType = trailers['lambda-runtime-function-error-type']
  if (headerType === undefined) return false
  const bytes = Buffer.from(trailers['lambda-runtime-function-error-body'] ?? '', 'base64')
  const phase = answer.isWaiting ? 'handler' : 'body'
  answer.fail(await translate('failure', { bytes, headerType, phase }))
  return true
}
