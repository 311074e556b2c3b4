import { Readable } from 'node:stream'
import type { BodyReceiver, RequestBody } from '../http/index.ts'

/** Pieces up to this wait here while the target does not take them. */
const AHEAD_BYTES = 64 * 1024
/** What a body on its way may take of memory: what waits here, one piece more, and what the target's socket holds. */
export const BODY_ON_ITS_WAY_BYTES = 256 * 1024

/**
 * A request's body as a stream for the target. Nothing is read from the client before the connection to the target is there,
 * and then as fast as the target takes it.
 */
export class BodyStream extends Readable implements BodyReceiver {
  readonly #body: RequestBody
  readonly #onProgress: () => void
  #isBegun = false
  #isWhole = false

  /** @param onProgress the client has sent something, or everything. */
  constructor(body: RequestBody, onProgress: () => void) {
    super({ highWaterMark: AHEAD_BYTES })
    this.on('error', ignore)
    this.#body = body
    this.#onProgress = onProgress
  }

  /** Whether the next step is the client's: it has not sent everything, and what it has sent is taken. */
  get awaitsClient(): boolean {
    return this.#isBegun && !this.#isWhole && this.readableLength === 0
  }

  override _read(): void {
    if (this.#isBegun) return this.#body.resume()
    this.#isBegun = true
    this.#body.stream(this)
  }

  onBodyChunk(bytes: Buffer): void {
    if (this.destroyed) return
    this.#onProgress()
    if (!this.push(bytes)) this.#body.pause()
  }

  onBodyEnd(): void {
    if (this.destroyed) return
    this.#isWhole = true
    this.#onProgress()
    this.push(null)
  }
}

/** What breaks it is told to the exchange. */
function ignore(): void {
  return
}
