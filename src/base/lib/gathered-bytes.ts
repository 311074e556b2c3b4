/** A piece of this size or more is kept as it is: what a Buffer costs beside its bytes no longer counts. */
const LARGE_BYTES = 1024
const BLOCK_BYTES = 8 * 1024

/**
 * Bytes that come in pieces, held in about as much memory as they are. A peer chooses the size of its pieces: of a
 * million pieces of one byte the Buffers would take two hundred times as much, so small ones are copied together.
 * The pieces must not change afterwards.
 */
export class GatheredBytes {
  #pieces: Buffer[] = []
  #length = 0
  /** Small pieces one after the other, and how much of the block is filled. */
  #block: Buffer | undefined
  #filled = 0

  get length(): number {
    return this.#length
  }

  push(piece: Buffer): void {
    if (piece.length === 0) return
    // The first is often the only one.
    if (this.#length === 0 || piece.length >= LARGE_BYTES) {
      this.#closeBlock()
      this.#pieces.push(piece)
    } else this.#copy(piece)
    this.#length += piece.length
  }

  /** Everything in one piece; nothing is left behind. */
  take(): Buffer {
    this.#closeBlock()
    const pieces = this.#pieces
    const whole = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, this.#length)
    this.clear()
    return whole
  }

  clear(): void {
    if (this.#length === 0) return
    this.#pieces = []
    this.#length = 0
    this.#block = undefined
    this.#filled = 0
  }

  #copy(piece: Buffer): void {
    this.#block ??= Buffer.allocUnsafeSlow(BLOCK_BYTES)
    const fits = piece.copy(this.#block, this.#filled)
    this.#filled += fits
    if (this.#filled < BLOCK_BYTES) return
    this.#pieces.push(this.#block)
    this.#block = undefined
    this.#filled = 0
    if (fits < piece.length) this.#copy(piece.subarray(fits))
  }

  /** The block goes on to be filled from its start: what is in it is copied out, however little that is. */
  #closeBlock(): void {
    if (this.#filled === 0) return
    this.#pieces.push(Buffer.from(this.#block!.subarray(0, this.#filled)))
    this.#filled = 0
  }
}
