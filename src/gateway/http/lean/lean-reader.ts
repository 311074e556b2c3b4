import type { ErrorCode } from '../../../base/errors/index.ts'
import { type Arrows, follow } from '../../../base/lib/index.ts'
import { InvalidRequest } from '../head/request-head.ts'
import { ChunkReader } from './lean-chunks.ts'
import { isBeyondRepair, type ParsedHead, parseHead, STRAY } from './lean-head.ts'

/** Who takes the requests of a connection (lean-connection.ts). */
export interface RequestTaker {
  /** Whether another request may be read now. If not, it says when to go on, by `read`, or stops the reader. */
  isReady(): boolean
  /** The first bytes of a head have come: its time runs. */
  onHeadBegun(): void
  /** @returns whether there is anything more to read: false when the request was refused. */
  onHead(parsed: ParsedHead): boolean
  /** Nobody wants the body yet: `read` when somebody does. */
  onBodyUnwanted(): void
  /** A request with a body has come whole. */
  onBodyEnd(): void
  onRefusal(code: ErrorCode, text: string): void
}

/** Who takes the body of one request (lean-exchange.ts). */
export interface BodyTaker {
  readonly isTaking: boolean
  onBody(bytes: Buffer): void
  onBodyEnd(): void
}

export type ReaderState = keyof typeof READER_ARROWS

/**
 * The reading half of a connection: finds requests in the bytes that come, wherever they are cut.
 *
 *   head ──── the head is whole ──────────────> between
 *   between ─ the first bytes of a head ──────> head
 *   between ─ it has a body of known length ──> length
 *   between ─ it has a body in chunks ────────> chunks
 *   length ── all of its bytes ───────────────> between
 *   chunks ── the last chunk ─────────────────> between
 *   head ──── stop ───────────────────────────> stopped
 *   between ─ stop ───────────────────────────> stopped
 *   length ── stop ───────────────────────────> stopped
 *   chunks ── stop ───────────────────────────> stopped
 *
 * A connection begins in `head`: the time of its first head runs from then on. What comes in `stopped` is not a request.
 * Tested: lean-reader.test.ts; over sockets in test/contract/http-front.ts and test/contract/front-differential.test.ts.
 */
export class LeanReader {
  readonly #taker: RequestTaker
  readonly #maxHeadBytes: number
  #state: ReaderState = 'head'
  /** What has arrived and has not been read. */
  #input: Buffer | undefined
  /** How much of it has been searched for the end of a head. */
  #seen = 0
  /** Whose body is being read: in `length` and `chunks`. */
  #body: BodyTaker | undefined
  /** In `length`: bytes to come. */
  #left = 0
  #chunks: ChunkReader | undefined
  #isReading = false

  constructor(taker: RequestTaker, maxHeadBytes: number) {
    this.#taker = taker
    this.#maxHeadBytes = maxHeadBytes
  }

  get state(): ReaderState {
    return this.#state
  }

  /** Whether it is in the middle of reading: who wants more read need not say so. */
  get isReading(): boolean {
    return this.#isReading
  }

  get hasInput(): boolean {
    return this.#input !== undefined
  }

  get isInBody(): boolean {
    return this.#state === 'length' || this.#state === 'chunks'
  }

  /** Whether the client owes something: the rest of a head or of a body. */
  get isInRequest(): boolean {
    return this.isInBody || this.hasInput
  }

  push(bytes: Buffer): void {
    this.#input = this.#input === undefined ? bytes : Buffer.concat([this.#input, bytes])
    this.read()
  }

  /** Reads as much as there is. */
  read(): void {
    if (this.#isReading) return
    this.#isReading = true
    while (this.#input !== undefined && this.#readNext(this.#input));
    this.#isReading = false
  }

  /** The request whose head was read last has a body. @param length undefined: it comes in chunks. */
  expectBody(body: BodyTaker, length: number | undefined): void {
    this.#body = body
    if (length === undefined) {
      this.#go('chunks')
      this.#chunks = new ChunkReader()
    } else {
      this.#go('length')
      this.#left = length
    }
  }

  /** Gives away what has not been read. */
  takeInput(): Buffer | undefined {
    const input = this.#input
    this.#input = undefined
    return input
  }

  /** Reads no more. Idempotent. */
  stop(): void {
    if (this.#state !== 'stopped') this.#go('stopped')
    this.#input = undefined
    this.#body = undefined
    this.#chunks = undefined
  }

  /** @returns whether there may be more to do with what is left. */
  #readNext(input: Buffer): boolean {
    switch (this.#state) {
      case 'head':
      case 'between':
        return this.#taker.isReady() && this.#readHead(input)
      case 'length':
        return this.#canPassBody() && this.#readLength(input)
      case 'chunks':
        return this.#canPassBody() && this.#readChunks(input)
      case 'stopped':
        this.#input = undefined
        return false
    }
  }

  #readHead(arrived: Buffer): boolean {
    const input = skipEmptyLines(arrived)
    if (input !== arrived) this.#seen = 0
    this.#input = input
    if (input === undefined) return false
    // A head may arrive in small pieces: only the new one is searched, and the 3 bytes before it (CRLFCRLF may be cut).
    const from = Math.max(0, this.#seen - HEAD_END.length)
    const text = input.latin1Slice(from, Math.max(from, Math.min(input.length, this.#maxHeadBytes)))
    const end = text.indexOf(HEAD_END)
    if (end === -1) return this.#awaitHead(input, text, from > 0)
    this.#seen = 0
    const length = from + end + HEAD_END.length
    this.#input = length < input.length ? input.subarray(length) : undefined
    const lines = from === 0 ? text.slice(0, end + 2) : input.latin1Slice(0, length - 2)
    const head = parseHead(lines)
    if (head instanceof InvalidRequest) return this.#refuseMalformed(head)
    if (this.#state === 'head') this.#go('between')
    return this.#taker.onHead(head)
  }

  /** The end of the head has not come yet. */
  #awaitHead(input: Buffer, text: string, isCut: boolean): false {
    this.#seen = input.length
    if (input.length >= this.#maxHeadBytes)
      this.#taker.onRefusal('HEADERS_TOO_LARGE', 'Request line and headers are too large.')
    else if (isBeyondRepair(text, isCut)) this.#refuseMalformed(STRAY)
    else if (this.#state === 'between') {
      this.#go('head')
      this.#taker.onHeadBegun()
    }
    return false
  }

  #readLength(input: Buffer): boolean {
    const take = Math.min(this.#left, input.length)
    this.#input = take < input.length ? input.subarray(take) : undefined
    this.#left -= take
    this.#body!.onBody(take < input.length ? input.subarray(0, take) : input)
    if (this.#state === 'length' && this.#left === 0) this.#endBody()
    return true
  }

  #readChunks(input: Buffer): boolean {
    const chunks = this.#chunks!
    const taken = chunks.read(input, this.#onChunk)
    if (taken instanceof InvalidRequest) return this.#refuseMalformed(taken)
    if (this.#state !== 'chunks') return true // it has been given up
    this.#input = taken < input.length ? input.subarray(taken) : undefined
    if (chunks.isDone) this.#endBody()
    return true
  }

  readonly #onChunk = (bytes: Buffer): boolean => {
    this.#body!.onBody(bytes)
    return this.#state === 'chunks' && this.#body!.isTaking
  }

  /** Until somebody wants the body, or answers without it, it stays in the system's buffers. */
  #canPassBody(): boolean {
    if (this.#body!.isTaking) return true
    this.#taker.onBodyUnwanted()
    return false
  }

  #endBody(): void {
    const body = this.#body!
    this.#body = undefined
    this.#chunks = undefined
    this.#go('between')
    body.onBodyEnd()
    this.#taker.onBodyEnd()
  }

  #refuseMalformed({ reason }: InvalidRequest): false {
    this.#taker.onRefusal('REQUEST_INVALID', `The request is malformed: ${reason}.`)
    return false
  }

  #go(state: ReaderState): void {
    this.#state = follow<ReaderState>(READER_ARROWS, this.#state, state)
  }
}

export const READER_ARROWS = {
  head: ['between', 'stopped'],
  between: ['head', 'length', 'chunks', 'stopped'],
  length: ['between', 'stopped'],
  chunks: ['between', 'stopped'],
  stopped: [],
} as const satisfies Arrows<'head' | 'between' | 'length' | 'chunks' | 'stopped'>

const HEAD_END = '\r\n\r\n'
const CR = 13
const LF = 10

/** Empty lines before a request are what old clients put behind a body (RFC 9112, 2.2). */
function skipEmptyLines(input: Buffer): Buffer | undefined {
  let at = 0
  while (input[at] === CR && input[at + 1] === LF) at += 2
  if (at === 0) return input
  return at === input.length ? undefined : input.subarray(at)
}
