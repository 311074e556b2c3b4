import { type Backlog, CountedBytes } from '../../base/memory/index.ts'
import type { ResponseSink, SinkListener } from '../http/index.ts'

export interface ResponseCopyOptions {
  /** Where the response goes. */
  next: ResponseSink
  backlog: Backlog
  limitBytes: number
  /** The whole body: only of a response that has come to its end. */
  onWhole(body: Buffer): void
  /** There will be no copy: the body is too large, or there is no memory for it now. */
  onGivenUp(): void
}

/** Passes a response on and gathers its body beside it. A copy that does not come about costs the response nothing. */
export class ResponseCopy implements ResponseSink {
  readonly #options: ResponseCopyOptions
  readonly #body: CountedBytes
  #isOver = false

  constructor(options: ResponseCopyOptions) {
    this.#options = options
    this.#body = new CountedBytes(options.backlog, options.limitBytes)
  }

  get state(): ResponseSink['state'] {
    return this.#options.next.state
  }

  listen(listener: SinkListener): void {
    this.#options.next.listen(listener)
  }

  send(status: number, headers: string[], body: Buffer | string): void {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    if (bytes.length > this.#options.limitBytes) this.giveUp()
    else this.#finish(bytes)
    this.#options.next.send(status, headers, body)
  }

  start(status: number, headers: string[], length: number | undefined, first: Buffer): boolean {
    this.#gather(first)
    return this.#options.next.start(status, headers, length, first)
  }

  write(bytes: Buffer): boolean {
    this.#gather(bytes)
    return this.#options.next.write(bytes)
  }

  end(): void {
    if (!this.#isOver) this.#finish(this.#body.take())
    this.#options.next.end()
  }

  abort(): void {
    this.giveUp()
    this.#options.next.abort()
  }

  /** Idempotent: also when the response has ended otherwise, such as by its client. */
  giveUp(): void {
    if (this.#isOver) return
    this.#release()
    this.#options.onGivenUp()
  }

  #gather(bytes: Buffer): void {
    if (!this.#isOver && this.#body.push(bytes) !== 'kept') this.giveUp()
  }

  #finish(body: Buffer): void {
    if (this.#isOver) return
    this.#release()
    this.#options.onWhole(body)
  }

  #release(): void {
    this.#isOver = true
    this.#body.release()
  }
}
