import type { Socket } from 'node:net'

/**
 * Notices a client that does not read: of an answer that waits for it, it must take something in each `limitMs`. Node's timer
 * of the socket watches most clients, for what the system takes counts as progress there. It counts what comes in as
 * well: a client that goes on sending and does not read is measured here, by whole writes, since Node tells no more.
 *
 * Tested: test/contract/http-front.ts, test/e2e/slow-clients.test.ts.
 */
export class StallWatch {
  readonly #socket: Socket
  readonly #limitMs: number
  /** Since when the client has taken nothing, and what had been sent to and fro by then. */
  #since: { taken: number; bytesRead: number; atMs: number } | undefined

  constructor(socket: Socket, limitMs: number) {
    this.#socket = socket
    this.#limitMs = limitMs
  }

  /** Bytes wait for the client: its time runs. */
  begin(): void {
    if (this.#socket.timeout !== this.#limitMs) this.#socket.setTimeout(this.#limitMs)
  }

  /** The client has taken everything. */
  end(): void {
    this.#socket.setTimeout(0)
  }

  /** Whether the client sends and has taken nothing for too long. To be asked now and then. */
  isTalkingOnly(nowMs: number): boolean {
    const { bytesRead, bytesWritten, writableLength } = this.#socket
    const taken = bytesWritten - writableLength
    if (writableLength === 0 || this.#since?.taken !== taken) this.#since = undefined
    if (writableLength === 0) return false
    this.#since ??= { taken, bytesRead, atMs: nowMs }
    return bytesRead !== this.#since.bytesRead && nowMs - this.#since.atMs > this.#limitMs
  }
}
