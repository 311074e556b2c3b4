import type { Socket } from 'node:net'
import { GatheredBytes, isBodyless } from '../../../base/lib/index.ts'
import type { BodyReceiver, ConnectionSink, RequestBody, ResponseSink, SinkListener } from '../front.ts'
import { formatHead } from '../head/format-head.ts'
import { STREAM_STEP_BYTES } from '../refusal.ts'
import type { ParsedHead } from './lean-head.ts'

/** Pieces of a body this small are put together before they are written: some functions send single bytes. */
const TINY_BYTES = 1024
/** Bodies and pieces of bodies up to this are joined to what stands before them: one write of one string. */
const JOINED_BYTES = 16 * 1024

/** The connection, as the exchanges on it see it. */
export interface Wire {
  /** Whose turn it is to write. */
  readonly first: LeanExchange | undefined
  /** Whose request came last. */
  readonly last: LeanExchange | undefined
  /** The client has not taken what has been written. */
  readonly isStalled: boolean
  /** No more requests are wanted. */
  readonly isClosing: boolean
  /** What an answer says after which the connection stays. */
  readonly persistence: string
  /** @returns false when the client takes bytes more slowly than they come. */
  write(data: string | Buffer): boolean
  /** In one write. @returns as `write`. */
  writeAll(pieces: readonly (string | Buffer)[]): boolean
  /** Bytes wait for the client, `handed` of them since just now. */
  note(handed: number): void
  /** Somebody wants the body that has not been read so far, or wants it again. */
  onBodyWanted(): void
  /** The time for the body begins anew, or stands still. */
  onBodyTime(isRunning: boolean): void
  /** The request that came last is being answered before it has come whole. */
  onEarlyAnswer(): void
  onAnswered(exchange: LeanExchange): void
  /** Gives the connection away behind `head`, if nothing else is asked of it. */
  handOver(head: string): Socket | undefined
  destroy(isReset?: boolean): void
}

/**
 * One request of a connection and its answer: body and sink in one object (front.ts). The answers of a connection leave
 * in the order of its requests: one whose turn has not come gathers in `#outbox`.
 */
export class LeanExchange implements RequestBody, ConnectionSink {
  state: ResponseSink['state'] = 'untouched'
  readonly declaredBytes: number | undefined
  readonly isEmpty: boolean
  readonly #connection: Wire
  readonly #isHead: boolean
  readonly #isOld: boolean
  /** The connection ends with this answer. */
  isLast: boolean
  /** The request has been read to its end. */
  isReceived: boolean
  /** The client waits for `100 Continue` before it sends the body. */
  #isHeldBack: boolean
  #listener: SinkListener | undefined
  #receiver: BodyReceiver | undefined
  /** The body is passed on while the answer may be under way (`stream`). */
  #isStreamed = false
  #isPaused = false
  /** Since its time began. */
  #streamedBytes = 0
  #framing: 'none' | 'plain' | 'chunks' = 'none'
  /** Heads and whole answers that wait for their turn. */
  #outbox: (string | Buffer)[] | undefined
  #outboxBytes = 0
  /** What came of a body while the client was not reading, or before the answer's turn. */
  #held: GatheredBytes | undefined

  constructor(connection: Wire, head: ParsedHead) {
    this.#connection = connection
    this.declaredBytes = head.contentLength
    this.isEmpty = !head.isChunked && (head.contentLength ?? 0) === 0
    this.isReceived = this.isEmpty
    this.isLast = !head.keepsAlive
    this.#isHead = head.method === 'HEAD'
    this.#isOld = head.httpVersion === '1.0'
    this.#isHeldBack = head.expect !== undefined && !this.isEmpty
  }

  // ---- the body -----------------------------------------------------------------------------------------------

  collect(receiver: BodyReceiver): void {
    this.#receiver = receiver
    if (this.#isHeldBack) {
      this.#isHeldBack = false
      this.#put(CONTINUE)
    }
    this.#connection.onBodyWanted()
  }

  stream(receiver: BodyReceiver): void {
    this.#isStreamed = true
    this.collect(receiver)
  }

  pause(): void {
    if (this.#isPaused || this.#receiver === undefined) return
    this.#isPaused = true
    this.#connection.onBodyTime(false)
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    if (this.#receiver === undefined) return
    this.#restartTime()
    this.#connection.onBodyWanted()
  }

  #countStreamed(bytes: number): void {
    this.#streamedBytes += bytes
    if (this.#streamedBytes >= STREAM_STEP_BYTES) this.#restartTime()
  }

  #restartTime(): void {
    this.#streamedBytes = 0
    this.#connection.onBodyTime(true)
  }

  /** Whether somebody wants the body now. */
  get isTaking(): boolean {
    return this.#receiver !== undefined && !this.#isPaused
  }

  onBody(bytes: Buffer): void {
    if (this.#isStreamed) this.#countStreamed(bytes.length)
    this.#receiver?.onBodyChunk(bytes)
  }

  onBodyEnd(): void {
    this.isReceived = true
    const receiver = this.#receiver
    this.#receiver = undefined
    receiver?.onBodyEnd()
  }

  // ---- the answer ---------------------------------------------------------------------------------------------

  listen(listener: SinkListener): void {
    this.#listener = listener
  }

  send(status: number, headers: string[], body: Buffer | string): void {
    if (this.state !== 'untouched') return
    const hasBody = !isBodyless(this.#isHead, status)
    const framing = hasBody ? `content-length: ${Buffer.byteLength(body)}\r\n` : ''
    const head = this.#formatHead(status, headers, framing)
    this.state = 'ended'
    if (!hasBody || body.length === 0) this.#put(head)
    else if (typeof body === 'string') this.#put(head + Buffer.from(body).latin1Slice())
    else if (body.length <= JOINED_BYTES) this.#put(head + body.latin1Slice())
    else this.#putAll(head, body)
    this.#connection.onAnswered(this)
  }

  start(status: number, headers: string[], length: number | undefined, first: Buffer): boolean {
    if (this.state !== 'untouched') return false
    this.#framing = isBodyless(this.#isHead, status) ? 'none' : 'plain'
    let framing = ''
    if (length !== undefined) framing = `content-length: ${length}\r\n`
    else if (this.#framing === 'plain' && this.#isOld) this.isLast = true
    else if (this.#framing === 'plain') {
      this.#framing = 'chunks'
      framing = 'Transfer-Encoding: chunked\r\n'
    }
    const head = this.#formatHead(status, headers, framing)
    this.state = 'head'
    if (first.length === 0 || this.#framing === 'none') return this.#put(head)
    return this.#writeBody(first, head)
  }

  write(bytes: Buffer): boolean {
    if (this.state !== 'head') return false
    if (bytes.length === 0 || this.#framing === 'none') return true
    const isOpen = this.#isFirst && !this.#connection.isStalled
    if (isOpen && bytes.length < TINY_BYTES) return this.#gather(bytes)
    if (isOpen) return this.#writeBody(this.#withHeld(bytes), '')
    // For every write Node keeps some three hundred bytes beside its own until the client has read it.
    this.#hold(bytes)
    this.#connection.note(bytes.length)
    return false
  }

  /** The next turn of the event loop writes it, with what has come by then. */
  #gather(bytes: Buffer): boolean {
    if (this.#heldLength === 0) setImmediate(this.#writeGathered)
    this.#hold(bytes)
    return true
  }

  readonly #writeGathered = (): void => {
    if (this.state === 'head' && this.#isFirst && !this.#connection.isStalled) this.#writeHeld()
  }

  #hold(bytes: Buffer): void {
    this.#held ??= new GatheredBytes()
    this.#held.push(bytes)
  }

  get #heldLength(): number {
    return this.#held?.length ?? 0
  }

  /** @returns as `write`. */
  #writeHeld(): boolean {
    return this.#heldLength === 0 || this.#writeBody(this.#held!.take(), '')
  }

  #withHeld(bytes: Buffer): Buffer {
    if (this.#heldLength === 0) return bytes
    this.#hold(bytes)
    return this.#held!.take()
  }

  end(): void {
    if (this.state !== 'head') return
    this.state = 'ended'
    if (this.#isFirst) this.#finish()
    this.#connection.onAnswered(this)
  }

  abort(): void {
    if (this.state === 'ended' || this.state === 'aborted') return
    this.state = 'aborted'
    if (this.#isFirst) this.cut()
  }

  /** Ends the connection in the middle of the answer, so that nobody takes the part for the whole (D12). */
  cut(): void {
    // Without chunks the end of the connection is the end of the body: only a reset tells that something is missing.
    this.#connection.destroy(this.#isOld)
  }

  switchProtocols(headers: string[]): Socket | undefined {
    if (this.state !== 'untouched' || this.#isOld || !this.isReceived || !this.#isFirst) return undefined
    const socket = this.#connection.handOver(`${formatHead(101, headers)}Connection: Upgrade\r\n\r\n`)
    if (socket !== undefined) this.state = 'ended'
    return socket
  }

  // ---- what the connection says -------------------------------------------------------------------------------

  /** The answers before it are out: what has gathered follows them. */
  onTurn(): void {
    if (this.#outbox !== undefined) for (const data of this.#outbox) this.#connection.write(data)
    this.#outbox = undefined
    this.#outboxBytes = 0
    if (this.state === 'aborted') this.cut()
    else if (this.state === 'ended') this.#finish()
    else if (this.state === 'head') this.onDrain()
  }

  onDrain(): void {
    if (this.state !== 'head') return
    if (this.#writeHeld()) this.#listener?.onDrain()
  }

  /** Bytes of its answer that are neither with the client nor with the socket. */
  get heldBytes(): number {
    return this.#outboxBytes + this.#heldLength
  }

  /** The connection has ended before the answer was out. */
  onClose(): void {
    this.#receiver = undefined
    this.#outbox = undefined
    this.#held = undefined
    if (this.state === 'ended' || this.state === 'aborted') return
    this.state = 'aborted'
    this.#listener?.onClose()
  }

  get #isFirst(): boolean {
    return this.#connection.first === this
  }

  #formatHead(status: number, headers: readonly string[], framing: string): string {
    if (!this.isReceived) this.#answerEarly()
    // Those behind it have been accepted too.
    if (this.#connection.isClosing && this.#connection.last === this) this.isLast = true
    return `${formatHead(status, headers)}${this.isLast ? 'Connection: close\r\n' : this.#connection.persistence}${framing}\r\n`
  }

  /** Where the body ends, and what comes behind it, nobody will know: the connection ends with this answer. */
  #answerEarly(): void {
    this.isLast = true
    if (this.#isStreamed) return
    this.#receiver = undefined
    this.#connection.onEarlyAnswer()
  }

  /** Writes a piece of the body behind `before`, framed. @returns as `write`. */
  #writeBody(bytes: Buffer, before: string): boolean {
    if (this.#framing === 'chunks') {
      const size = `${before}${bytes.length.toString(16)}\r\n`
      if (bytes.length <= JOINED_BYTES) return this.#put(`${size}${bytes.latin1Slice()}\r\n`)
      return this.#putAll(size, bytes, '\r\n')
    }
    if (bytes.length <= JOINED_BYTES) return this.#put(before + bytes.latin1Slice())
    return before === '' ? this.#put(bytes) : this.#putAll(before, bytes)
  }

  /** What is left of the body, and its end. */
  #finish(): void {
    this.#writeHeld()
    if (this.#framing === 'chunks') this.#put('0\r\n\r\n')
  }

  #put(data: string | Buffer): boolean {
    if (this.#isFirst) return this.#connection.write(data)
    return this.#keep(data)
  }

  #putAll(...pieces: (string | Buffer)[]): boolean {
    if (this.#isFirst) return this.#connection.writeAll(pieces)
    return this.#keep(...pieces)
  }

  /** Until its turn comes. */
  #keep(...pieces: (string | Buffer)[]): false {
    this.#outbox ??= []
    this.#outbox.push(...pieces)
    let bytes = 0
    for (const { length } of pieces) bytes += length
    this.#outboxBytes += bytes
    this.#connection.note(bytes)
    return false
  }
}

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
