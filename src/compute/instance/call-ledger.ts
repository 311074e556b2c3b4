/** A write of no more than this is read as a whole or not at all: Linux queues up to 48 KB as one, the runtime reads 64. */
const WHOLE_WRITE_BYTES = 32 * 1024
/** The number of a call that will never be. */
const NO_CALL = Number.POSITIVE_INFINITY

/**
 * The numbers of an instance's calls, and which of them the process has certainly not read: those may be run elsewhere,
 * since no user code has seen them. It is known from the system, not from the process (ADR 0005).
 */
export class CallLedger {
  #nextId = 1
  /** The first call that has not been written. */
  #unwrittenFrom = 1
  /** The first call that never will be, because the connection had ended. */
  #lostFrom = NO_CALL
  /** The first call that is unread if the last write is. */
  #lastWriteFrom = NO_CALL

  /** @returns the number of a new call. */
  add(): number {
    return this.#nextId++
  }

  /** Every call added so far is written now, with the frames of this turn. */
  onWrite(buffers: readonly Uint8Array[], openCalls: number): void {
    const from = this.#unwrittenFrom
    this.#unwrittenFrom = this.#nextId
    const wasIdle = openCalls === this.#nextId - from
    const isWhole = openCalls === 1 || (buffers.length === 1 && buffers[0]!.length <= WHOLE_WRITE_BYTES)
    this.#lastWriteFrom = wasIdle && isWhole ? from : NO_CALL
  }

  /** Nothing can be written any more. */
  onLost(): void {
    this.#lostFrom = Math.min(this.#lostFrom, this.#unwrittenFrom)
    this.#unwrittenFrom = this.#nextId
  }

  /**
   * Whether the process has ended without reading the call:
   *
   * - it was never written, because the connection had ended;
   * - or the connection broke instead of ending (ECONNRESET: its end was closed with bytes unread; EPIPE: it was closed
   *   when we wrote). What is unread is the last that was written. That was this call, given to an idle process, in a
   *   write that is read as a whole or not at all.
   *
   * One that ends by what the call does has read it: its connection ends in order, and it is not called again.
   *
   * @param broken how the connection broke, if it did.
   */
  isUnread(id: number, broken: NodeJS.ErrnoException | null): boolean {
    if (id >= this.#lostFrom || id >= this.#unwrittenFrom) return true
    return (broken?.code === 'ECONNRESET' || broken?.code === 'EPIPE') && id >= this.#lastWriteFrom
  }
}
