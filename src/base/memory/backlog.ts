import type { Clock } from '../lib/index.ts'

export interface BacklogOptions {
  /** Bytes of answers that the host holds at once (`hostAnswerBytes`). */
  limitBytes: number
  /** A client that takes its answer more slowly than this is ended; 0: never (`clientBytesPerSecond`). */
  minBytesPerSecond: number
  /** Before the rate counts a client may take as long as this (`clientStallMs`). */
  graceMs: number
  clock: Clock
  /** A client lost its connection: it was too slow, or room was needed for the answers of others. */
  onEnded?(why: 'slow' | 'room', bytes: number, waitedMs: number): void
}

/** An answer on its way to a client, as a front sees it. */
export interface AnswerHolder {
  /** The backlog's own; undefined while nothing waits. */
  waiting: WaitingBytes | undefined
  /** Ends the connection at once. */
  destroy(): void
}

/** One of the backlog's list. */
export interface WaitingBytes {
  readonly holder: AnswerHolder
  /** What the client has not taken. */
  bytes: number
  /** All that was handed to it since something began to wait. */
  handedBytes: number
  readonly sinceMs: number
  older: WaitingBytes | undefined
  newer: WaitingBytes | undefined
}

const SWEEP_MS = 1000

/**
 * The bytes of answers that a host holds: gathered before they are sent, or waiting for clients that take them slowly.
 * A client that reads nothing costs the host the answer it asked for, and clients are free to ask for many.
 *
 * - Over the limit those who have kept bytes waiting longest lose their connections, until the rest fits: whoever reads
 *   hardly ever waits, so it is not the readers who pay.
 * - What is still being gathered and does not fit beside what is gathered by others is refused (HOST_BUSY): its client
 *   has been told nothing yet, and can come again.
 * - Who keeps bytes waiting for longer than they would take at the minimum rate, and the grace, is ended even if there is
 *   room: one byte a minute is not stalling, and would otherwise hold an answer for ever.
 *
 * Nothing is kept of answers that clients take as they come: that is nearly all of them.
 */
export class Backlog {
  readonly #options: BacklogOptions
  /**
   * A list in the order in which they began to wait. Not a Set: of a fast stream every second chunk waits for a moment,
   * and what a Set discards keeps calls alive (see protocol/call-table.ts).
   */
  #oldest: WaitingBytes | undefined
  #newest: WaitingBytes | undefined
  #bytes = 0
  #sweep: NodeJS.Timeout | undefined

  constructor(options: BacklogOptions) {
    this.#options = options
  }

  /** Gathered and waiting together. */
  get bytes(): number {
    return this.#bytes
  }

  /** For an answer that is being gathered. @returns false, and takes nothing, when there is no room to be made. */
  take(bytes: number): boolean {
    this.#bytes += bytes
    this.#makeRoom()
    if (this.#bytes <= this.#options.limitBytes) return true
    this.#bytes -= bytes
    return false
  }

  give(bytes: number): void {
    this.#bytes -= bytes
  }

  /**
   * What became of an answer by a write, by the client's reading or by the connection's end.
   * @param handed bytes that were written just now.
   * @param pending bytes that the client has not taken: 0 once it has them all, or has gone.
   */
  note(holder: AnswerHolder, handed: number, pending: number): void {
    const { waiting } = holder
    if (pending === 0) {
      if (waiting !== undefined) this.#forget(waiting)
      return
    }
    if (waiting === undefined) this.#add(holder, pending)
    else {
      this.#bytes += pending - waiting.bytes
      waiting.bytes = pending
      waiting.handedBytes += handed
    }
    this.#makeRoom()
  }

  #makeRoom(): void {
    while (this.#bytes > this.#options.limitBytes && this.#oldest !== undefined)
      this.#end(this.#oldest, 'room')
  }

  readonly #onSweep = (): void => {
    if (this.#oldest === undefined) {
      clearInterval(this.#sweep)
      this.#sweep = undefined
    }
    const { minBytesPerSecond, graceMs, clock } = this.#options
    if (minBytesPerSecond === 0) return
    const nowMs = clock()
    let waiting = this.#oldest
    while (waiting !== undefined) {
      const { sinceMs, handedBytes, newer } = waiting
      if (nowMs - sinceMs > graceMs + (handedBytes / minBytesPerSecond) * 1000) this.#end(waiting, 'slow')
      waiting = newer
    }
  }

  #end(waiting: WaitingBytes, why: 'slow' | 'room'): void {
    this.#forget(waiting)
    this.#options.onEnded?.(why, waiting.bytes, this.#options.clock() - waiting.sinceMs)
    waiting.holder.destroy()
  }

  #add(holder: AnswerHolder, pending: number): void {
    const sinceMs = this.#options.clock()
    const older = this.#newest
    const waiting = { holder, bytes: pending, handedBytes: pending, sinceMs, older, newer: undefined }
    holder.waiting = waiting
    if (older === undefined) this.#oldest = waiting
    else older.newer = waiting
    this.#newest = waiting
    this.#bytes += pending
    this.#sweep ??= setInterval(this.#onSweep, SWEEP_MS).unref()
  }

  #forget(waiting: WaitingBytes): void {
    const { holder, older, newer } = waiting
    holder.waiting = undefined
    this.#bytes -= waiting.bytes
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
  }
}
