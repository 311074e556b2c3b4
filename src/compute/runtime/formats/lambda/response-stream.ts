import type { Buffer } from 'node:buffer'
import { Writable } from 'node:stream'
import { type LambdaResult, readHeaders, readStatus } from '../../../lambda/index.ts'
import type { Answer } from '../../answer.ts'

/**
 * The second argument of a streaming handler. Status and headers go out with the first write, or with the end when
 * nothing was written, where AWS's own stream would lose them (runtime.md §10.6).
 */
export class ResponseStream extends Writable {
  readonly #answer: Answer
  #status = 200
  #headers: string[] = []

  constructor(answer: Answer) {
    super({ decodeStrings: true })
    this.#answer = answer
    answer.onDiscard = () => this.destroy()
  }

  /** @throws InvalidResult, TypeError: the handler sees it. */
  setHead(metadata: LambdaResult): void {
    if (metadata.statusCode !== undefined) this.#status = readStatus(metadata.statusCode)
    this.#headers = readHeaders(metadata)
  }

  setContentType(type: string): void {
    this.#headers.push('content-type', String(type))
  }

  /** What is neither text nor bytes is written as JSON, as AWS does. */
  override write(chunk: unknown, ...rest: never[]): boolean {
    return super.write(toWritable(chunk), ...rest)
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#send(() => this.#answer.write(chunk), done)
  }

  override _final(done: (error?: Error) => void): void {
    this.#send(() => this.#answer.close(), done)
  }

  #send(act: () => Promise<void> | undefined | void, done: (error?: Error) => void): void {
    try {
      this.#answer.open(this.#status, this.#headers)
      const full = act()
      if (full === undefined) done()
      else void full.then(() => done()) // never rejects
    } catch (error) {
      done(error as Error)
    }
  }
}

function toWritable(chunk: unknown): string | Uint8Array {
  return typeof chunk === 'string' || chunk instanceof Uint8Array ? chunk : JSON.stringify(chunk)
}
