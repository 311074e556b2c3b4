import type { RequestHead, ResponseSink, SinkListener } from '../http/index.ts'
import { readAcceptance } from './accept-encoding.ts'
import { CompressingSink } from './compressing-sink.ts'
import { EncoderBudget } from './encoder-budget.ts'

/** What a response passes on its way out (ReplyStage of gateway/functions). */
export type CompressionStage = (
  status: number,
  headers: string[],
  next: ResponseSink,
  listener: SinkListener,
) => ResponseSink

/**
 * Compresses what functions and proxies respond, where the client asks for it. A client that does not ask costs a look
 * through the names of its headers.
 *
 * The head is changed when the response leaves the stage, not when it is shown: a copy that the cache takes on the way is
 * of the response as it was made.
 */
export class ResponseCompression {
  readonly #budget: EncoderBudget

  /** @param maxEncoders at once; beyond, responses leave as they are. */
  constructor(maxEncoders: number) {
    this.#budget = new EncoderBudget(maxEncoders)
  }

  /** Responses that are being compressed. */
  get running(): number {
    return this.#budget.count
  }

  /** @returns undefined: the client says nothing of encodings. */
  createStage(head: RequestHead): CompressionStage | undefined {
    const acceptance = readAcceptance(head.headers)
    if (acceptance === undefined) return undefined
    const options = { acceptance, isHead: head.method === 'HEAD', budget: this.#budget }
    return (_status, _headers, next, listener) => new CompressingSink(options, next, listener)
  }
}
