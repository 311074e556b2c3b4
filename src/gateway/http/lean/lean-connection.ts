import type { Socket } from 'node:net'
import type { ErrorCode } from '../../../base/errors/index.ts'
import type { AnswerHolder, WaitingBytes } from '../../../base/memory/index.ts'
import type { FrontOptions } from '../front.ts'
import { refuseAtDoor } from '../refusal.ts'
import { admitHead, REFUSED, RefusedHead } from './lean-admission.ts'
import { LeanEnding } from './lean-ending.ts'
import { LeanExchange, type Wire } from './lean-exchange.ts'
import type { ParsedHead } from './lean-head.ts'
import { LeanReader, type RequestTaker } from './lean-reader.ts'

/** Requests that a client may send ahead of their answers; the rest waits in the system's buffers. */
const MAX_PIPELINED = 16

/**
 * One connection: takes the requests that its reader finds (lean-reader.ts), lets their answers out in the order of the
 * requests, and ends as it should (lean-ending.ts). The states are those two parts': here is only the line of what is open.
 * Tested: test/contract/http-front.ts, front-differential.ts.
 */
export class LeanConnection implements Wire, RequestTaker, AnswerHolder {
  waiting: WaitingBytes | undefined
  /** Its place in the front's list. */
  index = 0
  /** The front is closing: the answer to the last request that has come is the last. */
  isClosing = false
  readonly persistence: string
  readonly #socket: Socket
  readonly #options: FrontOptions
  readonly #reader: LeanReader
  readonly #ending: LeanEnding
  /** Requests whose answer is not complete, in their order. */
  readonly #open: LeanExchange[] = []
  #remoteAddress: string | undefined

  constructor(socket: Socket, options: FrontOptions, persistence: string) {
    this.#socket = socket
    this.#options = options
    this.persistence = persistence
    this.#reader = new LeanReader(this, options.limits.requestHeadBytes)
    this.#ending = new LeanEnding(socket, options.limits, this.#reader)
    socket.on('data', (bytes) => this.#onData(bytes as Buffer))
    socket.on('drain', () => this.#onDrain())
    socket.on('end', () => this.#onEnd())
    socket.on('timeout', () => this.#ending.onStall())
    socket.on('error', ignore)
  }

  get first(): LeanExchange | undefined {
    return this.#open[0]
  }

  get last(): LeanExchange | undefined {
    return this.#open.at(-1)
  }

  get openRequests(): number {
    return this.#open.length
  }

  get isStalled(): boolean {
    return this.#socket.writableNeedDrain
  }

  // ---- requests ------------------------------------------------------------------------------------------------

  #onData(bytes: Buffer): void {
    if (this.#ending.state === 'open') this.#reader.push(bytes)
    else this.#ending.readPast(bytes)
  }

  isReady(): boolean {
    // When the front closes, those that were accepted before are answered, and no more of them taken meanwhile.
    if (this.last?.isLast || (this.isClosing && this.last !== undefined)) {
      this.#ending.stopReading()
      return false
    }
    if (this.#open.length < MAX_PIPELINED && !this.#socket.writableNeedDrain) return true
    // A client that does not read its answers gets no more of them. What it sends does not show that it reads (StallWatch).
    this.#socket.pause()
    return false
  }

  onHeadBegun(): void {
    this.#ending.allow(this.#options.limits.requestHeadTimeoutMs)
  }

  onHead(parsed: ParsedHead): boolean {
    this.#remoteAddress ??= this.#socket.remoteAddress ?? ''
    const head = admitHead(parsed, this.#socket, this.#remoteAddress)
    if (head instanceof RefusedHead) {
      this.#refuse(head, parsed.method)
      return false
    }
    const exchange = new LeanExchange(this, parsed)
    this.#open.push(exchange)
    if (exchange.isEmpty) this.#ending.allow(Number.POSITIVE_INFINITY)
    else {
      this.#ending.allow(this.#options.limits.requestBodyTimeoutMs)
      this.#reader.expectBody(exchange, parsed.isChunked ? undefined : parsed.contentLength)
    }
    this.#options.onRequest(head, exchange, exchange)
    return true
  }

  onBodyUnwanted(): void {
    this.#socket.pause()
  }

  onBodyWanted(): void {
    if (!this.#reader.isReading) this.#readOn()
  }

  onBodyTime(isRunning: boolean): void {
    if (!this.#reader.isInBody) return
    this.#ending.allow(isRunning ? this.#options.limits.requestBodyTimeoutMs : Number.POSITIVE_INFINITY)
  }

  onBodyEnd(): void {
    this.#settleDown()
  }

  onRefusal(code: ErrorCode, text: string): void {
    this.#refuse(new RefusedHead(code, text), 'GET')
  }

  onEarlyAnswer(): void {
    this.#ending.stopReading()
    if (this.#socket.writableLength === 0) this.#socket.resume()
  }

  /** Not at once: who asks for a body, for one, does not expect to be given it before the call returns. */
  #readOn(): void {
    if (!this.#socket.isPaused()) return
    this.#socket.resume()
    setImmediate(() => this.#reader.read())
  }

  /** Answers what is not a request that we take, behind those before it. @param method the answer to HEAD has no body. */
  #refuse({ code, text, headers }: RefusedHead, method: string): void {
    const answer = refuseAtDoor(this.#options, code, text, headers)
    const spoilt = this.#reader.isInBody ? this.last : undefined
    this.#ending.stopReading()
    if (spoilt !== undefined) {
      if (spoilt.state !== 'untouched') return this.destroy() // it was given up: nothing more can be said here
      this.#open.pop()
      spoilt.onClose()
    }
    const exchange = new LeanExchange(this, { ...REFUSED, method })
    this.#open.push(exchange)
    exchange.send(answer.status, answer.headers, answer.body)
  }

  // ---- answers -------------------------------------------------------------------------------------------------

  write(data: string | Buffer): boolean {
    if (this.#ending.state === 'closed') return false
    const isTaken = typeof data === 'string' ? this.#socket.write(data, 'latin1') : this.#socket.write(data)
    if (!isTaken) this.#ending.stall.begin()
    if (this.#socket.writableLength > 0) this.note(data.length)
    return isTaken
  }

  /** Bytes wait for the client, here or in the system, `handed` of them since just now. */
  note(handed: number): void {
    if (this.#ending.state === 'closed') return
    let pending = this.#socket.writableLength
    for (const exchange of this.#open) pending += exchange.heldBytes
    this.#options.backlog?.note(this, handed, pending)
  }

  writeAll(pieces: readonly (string | Buffer)[]): boolean {
    this.#socket.cork()
    let isTaken = true
    for (const data of pieces) isTaken = this.write(data)
    this.#socket.uncork()
    return isTaken
  }

  /** An answer is complete; if it is its turn, it is out, and so are those behind it that only waited for it. */
  onAnswered(exchange: LeanExchange): void {
    if (this.#open[0] !== exchange) return
    let done: LeanExchange | undefined = exchange
    while (done?.state === 'ended') {
      this.#open.shift()
      if (done.isLast) return this.#onLast()
      done = this.#open[0]
      done?.onTurn()
    }
    this.#settleDown()
  }

  /** An answer is out, or a request is in: what now? */
  #settleDown(): void {
    const isIdle = this.#open.length === 0
    if (isIdle && this.#ending.state === 'over') return this.#ending.endAfterAnswers()
    if (this.#reader.state !== 'between') return
    if (isIdle && this.isClosing && !this.#reader.hasInput) return this.#ending.endAfterAnswers()
    this.#ending.allow(isIdle ? this.#options.limits.keepAliveMs : Number.POSITIVE_INFINITY)
    this.#goOn()
  }

  /** Requests that came ahead may have waited for room. */
  #goOn(): void {
    const { state, isReading } = this.#reader
    if ((state === 'head' || state === 'between') && !isReading) this.#readOn()
  }

  /** The answer after which nothing follows is out. Requests behind it will not be answered. */
  #onLast(): void {
    for (const exchange of this.#open.splice(0)) exchange.onClose()
    this.#ending.endAfterAnswers()
  }

  #onDrain(): void {
    this.#ending.stall.end()
    this.#open[0]?.onDrain()
    this.note(0)
    const { state } = this.#ending
    if (state === 'over' || state === 'ending') this.#socket.resume()
    else this.#goOn()
  }

  handOver(head: string): Socket | undefined {
    if (this.#open.length > 1 || this.#ending.state !== 'open' || this.isStalled) return undefined
    const socket = this.#socket
    const early = this.#reader.takeInput()
    this.#open.length = 0
    this.#ending.handOver()
    for (const event of ['data', 'drain', 'end', 'timeout']) socket.removeAllListeners(event)
    socket.pause()
    if (early !== undefined) socket.unshift(early)
    socket.write(head, 'latin1')
    this.#options.backlog?.note(this, 0, 0)
    return socket
  }

  // ---- ends ----------------------------------------------------------------------------------------------------

  /** A client that has sent its last word before it was answered does not want the answer any more. */
  #onEnd(): void {
    if (this.#open.length > 0 || this.#reader.isInBody) this.destroy()
    else this.#ending.endAfterAnswers()
  }

  /** Now and then: has it waited too long, or has the client taken what no event tells of? */
  onCheck(nowMs: number): void {
    if (this.#ending.state === 'switched') return
    if (this.waiting !== undefined) this.note(0)
    if (this.#ending.stall.isTalkingOnly(nowMs)) this.destroy()
    if (!this.#ending.isLate(nowMs)) return
    if (this.#reader.isInRequest) this.onRefusal('REQUEST_TIMEOUT', 'The request did not arrive in time.')
    else this.#ending.onLate(nowMs)
  }

  /** Ends it if it is in the middle of nothing. */
  endIdle(): void {
    if (this.#socket.bytesRead === 0) return this.destroy()
    const isIdle = this.#ending.state === 'open' && this.#open.length === 0 && !this.#reader.isInRequest
    if (isIdle) this.#ending.endAfterAnswers()
  }

  destroy(isReset = false): void {
    this.#ending.destroy(isReset)
  }

  /** The socket is closed. */
  onClose(): void {
    this.#ending.onClose()
    for (const exchange of this.#open.splice(0)) exchange.onClose()
    this.#options.backlog?.note(this, 0, 0)
  }
}

/** A socket that breaks closes; that says it all. */
function ignore(): void {
  return
}
