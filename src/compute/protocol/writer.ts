import { Buffer } from 'node:buffer'
import { FRAME_HEADER_BYTES } from './frames.ts'

/** Takes one turn's frames. The buffers are its own from now on. */
export type WriteBytes = (buffers: Uint8Array[]) => void

/** Payloads above this are handed on as they are instead of being copied. */
export const COPY_BELOW_BYTES = 16 * 1024
const SLAB_BYTES = 64 * 1024
/** Kept from before user code can put a fake clock in its place. */
const defer = setImmediate

/**
 * Gathers the frames of one turn of the event loop into one write: the wake-up of the peer costs more than the bytes.
 *
 * Usage: `reserve` a frame, fill its payload, `commit` it. A payload whose length is known and large goes through
 * `writeLarge`, which copies nothing.
 */
export class FrameWriter {
  readonly #write: WriteBytes
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
  /** Where the frames not yet flushed start and end in the slab. */
  #from = 0
  #to = 0
  #gathered: Uint8Array[] = []
  #armed = false

  constructor(write: WriteBytes) {
    this.#write = write
  }

  /**
   * Makes room for a frame of at most `maxPayload` bytes and returns the slab; the payload starts at `payloadStart`.
   * Valid until the next call of this writer.
   */
  reserve(maxPayload: number): Buffer {
    const needed = FRAME_HEADER_BYTES + maxPayload
    if (this.#slab.length - this.#to < needed) {
      this.#closeSlab()
      this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, needed))
      this.#from = 0
      this.#to = 0
    }
    return this.#slab
  }

  get payloadStart(): number {
    return this.#to + FRAME_HEADER_BYTES
  }

  /** Ends the reserved frame, whose payload turned out to be `payloadLength` bytes long. */
  commit(type: number, id: number, payloadLength: number): void {
    this.#header(type, id, payloadLength)
    this.#to += FRAME_HEADER_BYTES + payloadLength
    this.#arm()
  }

  /** A frame without payload, or with one that is copied. */
  write(type: number, id: number, payload?: Uint8Array): void {
    const length = payload?.length ?? 0
    if (length > COPY_BELOW_BYTES) return this.writeLarge(type, id, payload!)
    const slab = this.reserve(length)
    if (payload !== undefined) slab.set(payload, this.payloadStart)
    this.commit(type, id, length)
  }

  /** A frame whose payload is handed on without a copy: `payload` must not change afterwards. */
  writeLarge(type: number, id: number, payload: Uint8Array): void {
    this.reserve(0)
    this.#header(type, id, payload.length)
    this.#to += FRAME_HEADER_BYTES
    this.#closeSlab()
    this.#gathered.push(payload)
    this.#arm()
  }

  /** A frame that the caller has begun in the slab (`used` payload bytes) and whose rest is handed on without a copy. */
  commitWithTail(type: number, id: number, used: number, tail: Uint8Array): void {
    this.#header(type, id, used + tail.length)
    this.#to += FRAME_HEADER_BYTES + used
    this.#closeSlab()
    this.#gathered.push(tail)
    this.#arm()
  }

  /** Writes at once what has been gathered. */
  flush(): void {
    this.#armed = false
    this.#closeSlab()
    if (this.#gathered.length === 0) return
    const buffers = this.#gathered
    this.#gathered = []
    this.#write(buffers)
  }

  #header(type: number, id: number, payloadLength: number): void {
    const slab = this.#slab
    const at = this.#to
    slab.writeUInt32LE(payloadLength + FRAME_HEADER_BYTES - 4, at)
    slab[at + 4] = type
    slab.writeUInt32LE(id, at + 5)
  }

  #closeSlab(): void {
    if (this.#to > this.#from) this.#gathered.push(this.#slab.subarray(this.#from, this.#to))
    this.#from = this.#to
  }

  #arm(): void {
    if (this.#armed) return
    this.#armed = true
    defer(this.#flushArmed)
  }

  readonly #flushArmed = (): void => {
    if (this.#armed) this.flush()
  }
}
