import type { Arrows } from '../../../base/lib/index.ts'
import { InvalidRequest } from '../head/request-head.ts'
import { readField } from './lean-head.ts'

/** A line of a chunked body: the size of a chunk with its extensions, or a trailer. */
const MAX_LINE_BYTES = 16 * 1024
/** What the lines of one body may have beside their numbers, together: extensions and trailers mean nothing here. */
const MAX_IDLE_BYTES = 16 * 1024
const CR = 13
const LF = 10

/**
 * Reads a chunked body (RFC 9112, 7.1) from pieces that may end anywhere.
 *
 *   size ───── more than 0 ────> data
 *   size ───── 0 ──────────────> trailers
 *   data ───── all its bytes ──> after
 *   after ──── CRLF ───────────> size
 *   trailers ─ an empty line ──> done
 *
 * Extensions and trailers are checked, bounded and dropped. It keeps no more than one line. The table below says the same
 * as the drawing; the test checks it, and not the reader: a chunk may be one byte.
 * Tested: lean-chunks.test.ts.
 */
export class ChunkReader {
  #state: ChunkState = 'size'
  /** Bytes to come of the chunk in `data`. */
  #left = 0
  /** A line that has not wholly arrived, or the CR behind a chunk. Latin-1. */
  #line = ''
  #idleBytes = 0

  get state(): ChunkState {
    return this.#state
  }

  get isDone(): boolean {
    return this.#state === 'done'
  }

  /**
   * Takes from `bytes` what belongs to the body.
   * @param onData hears the content; it may say false when it takes no more for now.
   * @returns how many bytes were taken: all, unless the body is over or `onData` said false.
   */
  read(bytes: Buffer, onData: (bytes: Buffer) => boolean): number | InvalidRequest {
    let at = 0
    while (at < bytes.length && this.#state !== 'done') {
      if (this.#state === 'data') {
        const take = Math.min(this.#left, bytes.length - at)
        const isWanted = onData(bytes.subarray(at, at + take))
        at += take
        this.#left -= take
        if (this.#left === 0) this.#state = 'after'
        if (!isWanted) return at
        continue
      }
      const lineFeed = bytes.indexOf(LF, at)
      const end = lineFeed === -1 ? bytes.length : lineFeed + 1
      this.#line += bytes.latin1Slice(at, end)
      at = end
      if (this.#line.length > MAX_LINE_BYTES)
        return new InvalidRequest('a line of a chunked body is too long')
      // Behind a chunk nothing but CRLF may come: what does not begin so never will.
      if (this.#state === 'after' && !'\r\n'.startsWith(this.#line)) return new InvalidRequest(UNFRAMED)
      if (lineFeed === -1) return at
      const problem = this.#onLine(this.#line)
      if (problem !== undefined) return new InvalidRequest(problem)
      this.#line = ''
    }
    return at
  }

  /** @param line with its line feed. */
  #onLine(line: string): string | undefined {
    if (line.charCodeAt(line.length - 2) !== CR) return 'a line of a chunked body does not end in CRLF'
    if (STRAY.test(line.slice(0, -2))) return 'a control character in a chunked body'
    if (this.#state === 'after') {
      this.#state = 'size'
      return undefined
    }
    if (this.#state === 'trailers') return this.#onTrailer(line)
    const size = CHUNK_SIZE.exec(line)
    if (size === null) return 'a chunk size that is not a number'
    this.#idleBytes += line.length - size[1]!.length - 2
    if (this.#idleBytes > MAX_IDLE_BYTES) return 'the extensions of its chunks are too long'
    this.#left = Number.parseInt(size[1]!, 16)
    this.#state = this.#left === 0 ? 'trailers' : 'data'
    return undefined
  }

  #onTrailer(line: string): string | undefined {
    if (line.length === 2) {
      this.#state = 'done'
      return undefined
    }
    this.#idleBytes += line.length
    if (this.#idleBytes > MAX_IDLE_BYTES) return 'its trailers are too long'
    if (FRAMING.test(line)) return 'a trailer with a framing header'
    return readField(line, 0, line.length - 2, undefined)
  }
}

export type ChunkState = keyof typeof CHUNK_ARROWS

export const CHUNK_ARROWS = {
  size: ['data', 'trailers'],
  data: ['after'],
  after: ['size'],
  trailers: ['done'],
  done: [],
} as const satisfies Arrows<'size' | 'data' | 'after' | 'trailers' | 'done'>

const UNFRAMED = 'a chunk is not followed by CRLF'
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const STRAY = /[\x00-\x08\x0a-\x1f\x7f]/
/**
 * Up to 2^48: more than any limit lets through, less than what a number cannot hold. Behind it extensions, without the
 * white space that RFC 9112 only tolerates.
 */
const CHUNK_SIZE =
  /^([0-9a-f]{1,12})(?:;[!#$%&'*+\-.^_`|~\w]+(?:=(?:[!#$%&'*+\-.^_`|~\w]+|"(?:[^"\\\r]|\\[^\r])*"))?)*\r\n$/i
/** What would say where the body ends, were it not said already (RFC 9112, 6.5.1). */
const FRAMING = /^(?:content-length|transfer-encoding):/i
