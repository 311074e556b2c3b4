import { Readable } from 'node:stream'
import { checkResult, InvalidResult, readHeaders, readResult, readStatus } from '../../../lambda/index.ts'
import type { FailurePhase } from '../../../protocol/index.ts'
import { withoutOriginForm } from '../../fetch/index.ts'
import type { Invocation } from '../../invocation.ts'
import { pump } from '../pump.ts'

/** What is wrong with a result is the function's failure; a sentence about its shape is shown as it is in dev. */
export function failByResult(error: unknown, invocation: Invocation, phase: FailurePhase): void {
  if (error instanceof InvalidResult) invocation.failWith(error.toFailure())
  else invocation.fail(error, phase)
}

/** @throws InvalidResult, ResponseSizeTooLarge, TypeError for a header that cannot be sent. */
export function respondWithResult(value: unknown, invocation: Invocation, limitBytes: number): void {
  const { answer } = invocation
  if (invocation.isBackground) return answer.close()
  const result = checkResult(value)
  if (isStream(result.body)) {
    answer.open(readStatus(result.statusCode), withoutOriginForm(readHeaders(result), result.body))
    return pump(toWebStream(result.body), invocation)
  }
  const { status, headers, body } = readResult(result, limitBytes)
  answer.respond(status, headers, body)
}

function toWebStream(body: Readable | ReadableStream): ReadableStream<unknown> {
  return body instanceof Readable ? (Readable.toWeb(body) as ReadableStream<unknown>) : body
}

function isStream(body: unknown): body is Readable | ReadableStream {
  return body instanceof Readable || (typeof ReadableStream === 'function' && body instanceof ReadableStream)
}
