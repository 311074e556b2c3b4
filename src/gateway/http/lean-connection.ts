import type { Socket } from 'node:net'
import type { ErrorCode } from '../../base/errors/index.ts'
import { monotonicNow } from '../../base/lib/index.ts'
import type { AnswerHolder, WaitingBytes } from '../../base/memory/index.ts'
import type { FrontOptions } from './front.ts'
import { formatHost } from './host.ts'
import { ChunkReader } from './lean-chunks.ts'
import { LeanExchange, type Wire } from './lean-exchange.ts'
import { isBeyondRepair, type ParsedHead, parseHead, STRAY } from './lean-head.ts'
import { LINGER_MS, MAX_LINGERING_BYTES, METHODS, refuseAtDoor } from './refusal.ts'
import { completeHead, InvalidRequest } from './request-head.ts'

/** Requests that a client may send ahead of their answers; the rest waits in the system's buffers. */
const MAX_PIPELINED = 16

/**
 * One connection: reads requests and lets their answers out in order.
 *
 *   head ── no body ──> head                        (any state) ── gone, too slow ──> closed
 *     │ ──── length ──> length ── all bytes ──> head
 *     │ ──── chunks ──> chunks ── last chunk ─> head
 *     └─ refused, answered early, or last ────> over ── answers out ──> ending ── client's end, LINGER_MS ──> closed
 *
 * In `over` nothing more is read as a request; there and in `ending` what comes is read past, up to MAX_LINGERING_BYTES.
 */
export class LeanConnection implements Wire, AnswerHolder {
  waiting: WaitingBytes | undefined
  /** Its place in the front's list. */
  index = 0
  /** When it has waited too long for what it waits for, on the monotonic clock, in ms. */
  deadlineMs: number
  /** The front is closing: the answer to the last request that has come is the last. */
  isClosing = false
  readonly persistence: string
  readonly #socket: Socket
  readonly #options: FrontOptions
  #state: 'head' | 'length' | 'chunks' | 'over' | 'ending' | 'closed' = 'head'
  /** Requests whose answer is not complete, in their order. */
  readonly #open: LeanExchange[] = []
  /** Whose body is being read. */
  #receiving: LeanExchange | undefined
  #chunks: ChunkReader | undefined
  /** Of a body of known length: bytes to come. */
  #left = 0
  /** What has arrived and has not been read. */
  #input: Buffer | undefined
  /** How much of it has been looked at for the end of a head. */
  #seen = 0
  #isReading = false
  /** The first bytes of a head have come: its time runs. For the first head it runs from the beginning of the connection. */
  #isInHead = true
  #lingered = 0
  /** Since when the client has taken nothing, and what had been sent to and fro by then. */
  #stall: { taken: number; bytesRead: number; sinceMs: number } | undefined
  #remoteAddress: string | undefined

  constructor(socket: Socket, options: FrontOptions, persistence: string) {
    this.#socket = socket
    this.#options = options
    this.persistence = persistence
    this.deadlineMs = monotonicNow() + options.limits.requestHeadTimeoutMs
    socket.on('data', (bytes) => this.#onData(bytes as Buffer))
    socket.on('drain', () => this.#onDrain())
    socket.on('end', () => this.#onEnd())
    socket.on('timeout', () => this.#onStall())
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

  // ---- what comes in --------------------------------------------------------------------------------------------

  #onData(bytes: Buffer): void {
    if (this.#state === 'over' || this.#state === 'ending') {
      this.#lingered += bytes.length
      if (this.#lingered > MAX_LINGERING_BYTES || this.#socket.writableLength > 0) this.#socket.pause()
      return
    }
    if (this.#state === 'closed') return
    this.#input = this.#input === undefined ? bytes : Buffer.concat([this.#input, bytes])
    this.#read()
  }

  onBodyWanted(): void {
    if (!this.#isReading) this.#readOn()
  }

  onEarlyAnswer(): void {
    this.#state = 'over'
    this.#receiving = undefined
    this.#chunks = undefined
    this.#input = undefined
    this.deadlineMs = Number.POSITIVE_INFINITY
    if (this.#socket.writableLength === 0) this.#socket.resume()
  }

  /** Not at once: who asks for a body, for one, does not expect to be given it before the call returns. */
  #readOn(): void {
    if (!this.#socket.isPaused()) return
    this.#socket.resume()
    setImmediate(() => this.#read())
  }

  /** Reads as much as there is. */
  #read(): void {
    if (this.#isReading) return
    this.#isReading = true
    while (this.#input !== undefined && this.#readNext());
    this.#isReading = false
  }

  /** @returns whether there may be more to do with what is left. */
  #readNext(): boolean {
    switch (this.#state) {
      case 'head':
        return this.#readHead()
      case 'length':
        return this.#readLength()
      case 'chunks':
        return this.#readChunks()
      default:
        this.#input = undefined
        return false
    }
  }

  #readHead(): boolean {
    // When the front closes, those that were accepted before are answered, and no more of them taken meanwhile.
    if (this.last?.isLast || (this.isClosing && this.last !== undefined)) {
      this.#state = 'over'
      return true
    }
    // A client that takes no answers gets no more of them; and what it goes on sending is no sign of life (see #onStall).
    if (this.#open.length >= MAX_PIPELINED || this.#socket.writableNeedDrain) {
      this.#socket.pause()
      return false
    }
    const limit = this.#options.limits.requestHeadBytes
    const input = skipEmptyLines(this.#input!)
    if (input !== this.#input) this.#seen = 0
    this.#input = input
    if (input === undefined) return false
    // Of a head that comes in drops only the last one is looked at, and what of a line's end lies before it.
    const from = Math.max(0, this.#seen - LINE_ENDS.length)
    const text = input.latin1Slice(from, Math.max(from, Math.min(input.length, limit)))
    const end = text.indexOf(LINE_ENDS)
    if (end === -1) {
      this.#seen = input.length
      if (input.length >= limit) this.#refuse('HEADERS_TOO_LARGE', 'Request line and headers are too large.')
      else if (isBeyondRepair(text, from > 0)) this.#refuseMalformed(STRAY)
      else if (!this.#isInHead) this.#beginHead()
      return false
    }
    this.#seen = 0
    const length = from + end + LINE_ENDS.length
    this.#input = length < input.length ? input.subarray(length) : undefined
    const lines = from === 0 ? text.slice(0, end + 2) : input.latin1Slice(0, length - 2)
    const head = parseHead(lines)
    if (head instanceof InvalidRequest) {
      this.#refuseMalformed(head)
      return false
    }
    this.#isInHead = false
    return this.#onHead(head)
  }

  #beginHead(): void {
    this.#isInHead = true
    this.deadlineMs = monotonicNow() + this.#options.limits.requestHeadTimeoutMs
  }

  #onHead(parsed: ParsedHead): boolean {
    const { method, target, headers, httpVersion, host, expect } = parsed
    if (expect !== undefined && httpVersion === '1.0') parsed.expect = undefined
    else if (expect !== undefined && !/^100-continue$/i.test(expect)) {
      this.#refuse('EXPECTATION_FAILED', 'The only expectation met here is "100-continue".', { method })
      return false
    }
    if (method === 'CONNECT' || method === 'TRACE') {
      this.#refuse('METHOD_NOT_ALLOWED', 'Method Not Allowed', { headers: ['allow', METHODS] })
      return false
    }
    this.#remoteAddress ??= this.#socket.remoteAddress ?? ''
    const head = completeHead({
      method,
      target,
      headers,
      httpVersion,
      host,
      scheme: 'http',
      remoteAddress: this.#remoteAddress,
      localHost: host === undefined ? this.#localHost : '',
    })
    if (head instanceof InvalidRequest) {
      this.#refuse('REQUEST_INVALID', `${head.reason}.`, { method })
      return false
    }
    const exchange = new LeanExchange(this, parsed)
    this.#open.push(exchange)
    this.#expectBody(exchange, parsed)
    this.#options.onRequest(head, exchange, exchange)
    return true
  }

  #expectBody(exchange: LeanExchange, { isChunked, contentLength }: ParsedHead): void {
    if (exchange.isEmpty) {
      this.deadlineMs = Number.POSITIVE_INFINITY
      return
    }
    this.#receiving = exchange
    this.deadlineMs = monotonicNow() + this.#options.limits.requestBodyTimeoutMs
    if (isChunked) {
      this.#state = 'chunks'
      this.#chunks = new ChunkReader()
    } else {
      this.#state = 'length'
      this.#left = contentLength!
    }
  }

  #readLength(): boolean {
    if (!this.#canPassBody()) return false
    const input = this.#input!
    const take = Math.min(this.#left, input.length)
    this.#input = take < input.length ? input.subarray(take) : undefined
    this.#left -= take
    this.#receiving!.onBody(take < input.length ? input.subarray(0, take) : input)
    if (this.#state === 'length' && this.#left === 0) this.#onBodyEnd()
    return true
  }

  #readChunks(): boolean {
    if (!this.#canPassBody()) return false
    const input = this.#input!
    const taken = this.#chunks!.read(input, this.#onChunk)
    if (taken instanceof InvalidRequest) {
      this.#refuseMalformed(taken)
      return false
    }
    if ((this.#state as string) !== 'chunks') return true // it has been given up
    this.#input = taken < input.length ? input.subarray(taken) : undefined
    if (this.#chunks!.isDone) this.#onBodyEnd()
    return true
  }

  readonly #onChunk = (bytes: Buffer): boolean => {
    this.#receiving!.onBody(bytes)
    return this.#state === 'chunks'
  }

  /** Until somebody wants the body, or answers without it, it stays in the system's buffers. */
  #canPassBody(): boolean {
    if (this.#receiving!.isTaking) return true
    this.#socket.pause()
    return false
  }

  #onBodyEnd(): void {
    const exchange = this.#receiving!
    this.#receiving = undefined
    this.#chunks = undefined
    this.#state = 'head'
    exchange.onBodyEnd()
    this.#settleDown()
  }

  /** A client that has sent its last word before it was answered does not want the answer any more. */
  #onEnd(): void {
    if (this.#open.length > 0 || this.#receiving !== undefined) this.destroy()
    else this.#endAfterAnswers()
  }

  // ---- what goes out --------------------------------------------------------------------------------------------

  write(data: string | Buffer): boolean {
    if (this.#state === 'closed') return false
    const isTaken = typeof data === 'string' ? this.#socket.write(data, 'latin1') : this.#socket.write(data)
    if (!isTaken) this.#watchStall()
    if (this.#socket.writableLength > 0) this.note(data.length)
    return isTaken
  }

  /** Bytes wait for the client, here or in the system, `handed` of them since just now. */
  note(handed: number): void {
    if (this.#state === 'closed') return
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
    if (isIdle && this.#state === 'over') return this.#endAfterAnswers()
    if (this.#state !== 'head' || this.#isInHead) return
    if (isIdle && this.isClosing && this.#input === undefined) return this.#endAfterAnswers()
    this.deadlineMs = isIdle ? monotonicNow() + this.#options.limits.keepAliveMs : Number.POSITIVE_INFINITY
    this.#goOn()
  }

  /** Requests that came ahead may have waited for room. */
  #goOn(): void {
    if (this.#state === 'head' && !this.#isReading) this.#readOn()
  }

  /** The answer after which nothing follows is out. Requests behind it will not be answered. */
  #onLast(): void {
    for (const exchange of this.#open.splice(0)) exchange.onClose()
    this.#endAfterAnswers()
  }

  #onDrain(): void {
    this.#socket.setTimeout(0)
    this.#open[0]?.onDrain()
    this.note(0)
    if (this.#state === 'over' || this.#state === 'ending') this.#socket.resume()
    else this.#goOn()
  }

  /** From now on the client must take something now and then. Node counts what the system has taken as progress. */
  #watchStall(): void {
    if (this.#socket.timeout !== this.#options.limits.clientStallMs)
      this.#socket.setTimeout(this.#options.limits.clientStallMs)
  }

  #onStall(): void {
    if (this.#socket.writableLength > 0) this.destroy()
    else this.#socket.setTimeout(0)
  }

  // ---- ends -----------------------------------------------------------------------------------------------------

  #refuseMalformed({ reason }: InvalidRequest): void {
    this.#refuse('REQUEST_INVALID', `The request is malformed: ${reason}.`)
  }

  /** Answers a request that is none, behind those before it, and reads no more. */
  #refuse(code: ErrorCode, text: string, { method = 'GET', headers }: RefusalOptions = {}): void {
    const answer = refuseAtDoor(this.#options, code, text, headers)
    this.#state = 'over'
    this.deadlineMs = Number.POSITIVE_INFINITY
    this.#input = undefined
    const spoilt = this.#receiving
    this.#receiving = undefined
    if (spoilt !== undefined) {
      if (spoilt.state !== 'untouched') return this.destroy() // it was given up: nothing more can be said here
      this.#open.splice(this.#open.indexOf(spoilt), 1)
      spoilt.onClose()
    }
    const exchange = new LeanExchange(this, { ...REFUSED, method })
    this.#open.push(exchange)
    exchange.send(answer.status, answer.headers, answer.body)
  }

  /** Now and then: has it waited too long, or has the client taken what no event tells of? */
  onCheck(nowMs: number): void {
    if (this.waiting !== undefined) this.note(0)
    this.#checkTalker(nowMs)
    if (nowMs >= this.deadlineMs) this.#onDeadline(nowMs)
  }

  /**
   * Node's timer (see #watchStall) takes what comes in for a sign of life as well. Of a client that goes on talking and does
   * not read, only what it takes counts: by whole writes, since Node tells no more.
   */
  #checkTalker(nowMs: number): void {
    const { bytesRead, bytesWritten, writableLength } = this.#socket
    const taken = bytesWritten - writableLength
    if (writableLength === 0 || this.#stall?.taken !== taken) this.#stall = undefined
    if (writableLength === 0) return
    this.#stall ??= { taken, bytesRead, sinceMs: nowMs }
    const isTalking = bytesRead !== this.#stall.bytesRead
    if (isTalking && nowMs - this.#stall.sinceMs > this.#options.limits.clientStallMs) this.destroy()
  }

  /** What it waited for has not come in time. */
  #onDeadline(nowMs: number): void {
    const { limits } = this.#options
    if (this.#receiving !== undefined || (this.#state === 'head' && this.#input !== undefined)) {
      return this.#refuse('REQUEST_TIMEOUT', 'The request did not arrive in time.')
    }
    if (this.#state === 'ending' || this.#socket.bytesRead === 0) return this.destroy()
    if (this.#socket.writableLength === 0) return this.#endAfterAnswers()
    // It is not idle: it still takes its last answer.
    this.#watchStall()
    this.deadlineMs = nowMs + limits.keepAliveMs
  }

  /** Ends it if it is in the middle of nothing. */
  endIdle(): void {
    if (this.#socket.bytesRead === 0) return this.destroy()
    if (this.#open.length > 0 || this.#receiving !== undefined || this.#input !== undefined) return
    if (this.#state === 'head') this.#endAfterAnswers()
  }

  /** Says that nothing more will come, once what has been written is out, and reads past what the client still says. */
  #endAfterAnswers(): void {
    if (this.#state === 'ending' || this.#state === 'closed') return
    this.#state = 'ending'
    this.#input = undefined
    this.#receiving = undefined
    this.deadlineMs = Number.POSITIVE_INFINITY
    if (this.#socket.writableLength > 0) this.#watchStall()
    else this.#socket.resume()
    this.#socket.end(() => {
      this.#socket.resume()
      this.deadlineMs = monotonicNow() + LINGER_MS
    })
  }

  /**
   * @param isReset tells the client that its answer is incomplete where nothing else does. So is one that the client does
   * not take: for an orderly end the system would keep up to 4 MB of it, and the connection, until it is read.
   */
  destroy(isReset = false): void {
    if (isReset || this.#socket.writableLength > 0) this.#socket.resetAndDestroy()
    else this.#socket.destroy()
    this.#forget() // the event comes later; until then nothing of what has arrived may be read
  }

  #forget(): void {
    this.#state = 'closed'
    this.#receiving = undefined
    this.#input = undefined
  }

  /** The socket is closed. */
  onClose(): void {
    this.#forget()
    for (const exchange of this.#open.splice(0)) exchange.onClose()
    this.#options.backlog?.note(this, 0, 0)
  }

  get #localHost(): string {
    return formatHost(this.#socket.localAddress ?? '', this.#socket.localPort ?? 0)
  }
}

interface RefusalOptions {
  /** As far as it is known: the answer to HEAD has no body. */
  method?: string
  headers?: readonly string[]
}

/** Stands for a request that is refused. */
const REFUSED: ParsedHead = {
  method: 'GET',
  target: '/',
  httpVersion: '1.1',
  headers: [],
  host: undefined,
  contentLength: undefined,
  isChunked: false,
  keepsAlive: false,
  expect: undefined,
}

/** The end of a head. */
const LINE_ENDS = '\r\n\r\n'
const CR = 13
const LF = 10

/** Empty lines before a request are what old clients put behind a body (RFC 9112, 2.2). */
function skipEmptyLines(input: Buffer): Buffer | undefined {
  let at = 0
  while (input[at] === CR && input[at + 1] === LF) at += 2
  if (at === 0) return input
  return at === input.length ? undefined : input.subarray(at)
}

/** A socket that breaks closes; that says it all. */
function ignore(): void {
  return
}
