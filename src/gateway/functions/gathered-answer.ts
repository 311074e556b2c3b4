import { GatheredBytes } from '../../base/lib/index.ts'
import type { Backlog } from '../../base/memory/index.ts'
import type { CheckedHeaders } from '../http/index.ts'

/** An answer that is held back until it is whole (Lambda format, Go): its head, and the body as far as it has come. */
export class GatheredAnswer {
  readonly status: number
  readonly checked: CheckedHeaders
  readonly #backlog: Backlog
  readonly #limitBytes: number
  readonly #body = new GatheredBytes()
  /** What it has taken of the host's memory for answers. */
  #takenBytes = 0

  constructor(status: number, checked: CheckedHeaders, backlog: Backlog, limitBytes: number) {
    this.status = status
    this.checked = checked
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

  /** The body. What the client does not take of it at once the front counts. */
  take(): Buffer {
    const body = this.#body.take()
    this.release()
    return body
  }

  release(): void {
    this.#backlog.give(this.#takenBytes)
    this.#takenBytes = 0
    this.#body.clear()
  }
}
