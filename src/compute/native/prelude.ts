import { InvalidResult } from '../lambda/index.ts'
import { MAX_RESPONSE_HEAD_BYTES } from '../protocol/index.ts'

/** Between the metadata of a streamed response and its body. */
const END = Buffer.alloc(8)
const FIRST_BYTES = 4 * 1024

/** Gathers what comes before a streamed body, in whatever pieces: each byte is looked at once. */
export class Prelude {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #length = 0

  /**
   * @returns the metadata, and what of the body has come with its end; undefined when that has not come.
   * @throws InvalidResult when it is too long.
   */
  push(chunk: Buffer): { metadata: Buffer; rest: Buffer } | undefined {
    const from = Math.max(0, this.#length - END.length + 1)
    this.#append(chunk)
    const bytes = this.#bytes.subarray(0, this.#length)
    const end = bytes.indexOf(END, from)
    if (end !== -1)
      return { metadata: Buffer.from(bytes.subarray(0, end)), rest: bytes.subarray(end + END.length) }
    if (this.#length > MAX_RESPONSE_HEAD_BYTES) throw noPrelude()
    return undefined
  }

  #append(chunk: Buffer): void {
    const length = this.#length + chunk.length
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, this.#bytes.length * 2))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    chunk.copy(this.#bytes, this.#length)
    this.#length = length
  }
}

export function noPrelude(): InvalidResult {
  return new InvalidResult(
    'Your function streams a response that does not begin with its metadata and eight NUL bytes',
  )
}
