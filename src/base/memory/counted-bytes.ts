import { GatheredBytes } from '../lib/index.ts'
import type { Backlog } from './backlog.ts'

/** A body that is gathered until it is whole: up to a limit, and counted in the host's memory for answers. */
export class CountedBytes {
  readonly #backlog: Backlog
  readonly #limitBytes: number
  readonly #body = new GatheredBytes()
  /** What it has taken of the host's memory. */
  #takenBytes = 0

  constructor(backlog: Backlog, limitBytes: number) {
    this.#backlog = backlog
    this.#limitBytes = limitBytes
  }

  push(bytes: Buffer): 'kept' | 'too large' | 'no room' {
    if (this.#takenBytes + bytes.length > this.#limitBytes) return 'too large'
    if (!this.#backlog.take(bytes.length)) return 'no room'
    this.#takenBytes += bytes.length
    this.#body.push(bytes)
    return 'kept'
  }

  /** The body, which is not counted any more. */
  take(): Buffer {
    const body = this.#body.take()
    this.release()
    return body
  }

  /** Idempotent. */
  release(): void {
    this.#backlog.give(this.#takenBytes)
    this.#takenBytes = 0
    this.#body.clear()
  }
}
