import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type ErrorCode, REGISTRY, RoostError } from '../errors/index.ts'
import { type Arrows, type Clock, follow, http } from '../lib/index.ts'
import type { AnswerHolder, Backlog, WaitingBytes } from '../memory/index.ts'
import { RequestBody } from './body.ts'
import { Exchange, type ExchangeConnection } from './exchange.ts'
import { Input, type InputPump, type InputTaker } from './input.ts'
import type { Guest, Owner, Owners } from './owners.ts'
import type { Turns } from './turns.ts'

export interface ConnectionOptions {
  owners: Owners
  pump: InputPump
  turns: Turns
  /** The host's, beside which each owner has one of its own. */
  answers: Backlog
  handle(exchange: Exchange): void
  limits: ConnectionLimits
  clock: Clock
}

export interface ConnectionLimits {
  /** Time for a body that is collected. One that is read piece by piece brings so many bytes a second in each such time. */
  readonly bodyTimeoutMs: number
  readonly minBytesPerSecond: number
}

/** Between the last word and the end of the connection. */
const LINGER_MS = 1000

/**
 * One connection: its requests are handled one after the other, whatever the client sends ahead. Until the turn of one that
 * waits nothing is done for it, and nothing behind it is parsed.
 *
 *   open ───── what comes is not HTTP, or late ───> refusing
 *   open ───── its last answer is out, or closed ─> over
 *   refusing ─ the refusal is out, or closed ─────> over
 *
 * In `refusing` what came before is answered, then the refusal is sent. In `over` nothing that comes is looked at.
 * Tested: connection.test.ts; with its server in server.test.ts, test/contract/loopback-fuzz.test.ts.
 */
export class Connection implements ExchangeConnection, Guest, InputTaker {
  owner: Owner | undefined
  idleSinceMs: number | undefined
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  /** The first one is at work. */
  readonly #queue: Exchange[] = []
  /** What waits for the client counts twice: against its owner, and in the host. */
  readonly #held = [new Held(this), new Held(this)] as const
  #state: ConnectionState = 'open'
  /** Why nothing more can be read; said when those before are answered. */
  #refusal: ErrorCode | undefined
  readonly #input: Input
  #isReading = true
  #bytesWritten = 0

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.idleSinceMs = options.clock()
    this.#input = new Input(socket, options.pump, this)
    socket.on('close', () => this.#onClose())
  }

  get state(): ConnectionState {
    return this.#state
  }

  get isWaiting(): boolean {
    return this.#isReading
  }

  get plainBytes(): number {
    return this.#queue.at(-1)?.body.plainBytes ?? 0
  }

  get isAdmitted(): boolean {
    return this.owner !== undefined
  }

  admit(exchange: Exchange, key: string): void {
    this.#options.owners.admit(this, key)
    exchange.body.account = this.owner!.bodies
  }

  onRequest(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    if (this.#state !== 'open' || this.#socket.destroyed) return
    const { limits, clock, turns } = this.#options
    const body = new RequestBody({
      request,
      sendContinue: expectsContinue ? () => response.writeContinue() : undefined,
      onSteer: () => this.#steer(),
      timeoutMs: limits.bodyTimeoutMs,
      minBytesPerSecond: limits.minBytesPerSecond,
      clock,
      turns,
    })
    const exchange = new Exchange(this, request, response, body)
    // Behind an upgrade Node loses the bytes that came with it.
    if (request.headers.upgrade !== undefined) exchange.isLast = true
    response.on('finish', () => this.#onAnswered(exchange))
    response.on('close', () => body.release())
    this.#queue.push(exchange)
    if (this.#queue.length === 1) this.#handle(exchange)
    this.#steer()
  }

  /** Nothing more can be read: what came is not HTTP, or did not come in time. */
  giveUp(code: ErrorCode): void {
    if (this.#state !== 'open') return
    // Nothing can be said to a client that has gone, or that has said nothing.
    if (!this.#socket.writable || this.#socket.bytesRead === 0) return this.destroy()
    this.#go('refusing')
    this.#refusal = code
    const receiving = this.#queue.at(-1)
    if (receiving === undefined) this.#part()
    else if (!receiving.body.hasArrived && !receiving.request.complete) {
      // The handler hears of it, and answers for the last time.
      receiving.isLast = true
      receiving.body.fail(new RoostError(code, SENTENCES[code] ?? 'The body is malformed.'))
    }
  }

  /** Nothing has moved for a while. Who waits for an answer may wait. */
  onTimeout(): void {
    if (this.#queue.length === 0 || this.#pendingBytes > 0) return this.destroy()
    const { body } = this.#queue.at(-1)!
    if (this.#isReading && !body.hasArrived && !body.isHeldBack) this.giveUp('REQUEST_TIMEOUT')
  }

  onCheck(nowMs: number): void {
    this.#queue.at(-1)?.body.onCheck(nowMs)
    if (this.#held.some(({ waiting }) => waiting !== undefined)) this.noteAnswer()
  }

  noteAnswer(): void {
    if (this.#socket.destroyed || this.owner === undefined) return
    const { bytesWritten } = this.#socket
    const handed = bytesWritten - this.#bytesWritten
    this.#bytesWritten = bytesWritten
    const pending = this.#pendingBytes
    this.owner.answers.note(this.#held[0], handed, pending)
    if (!this.#socket.destroyed) this.#options.answers.note(this.#held[1], handed, pending)
  }

  /** With a reset while bytes wait: the system would keep megabytes of them for a client that does not read. */
  destroy(): void {
    this.#leave()
    if (this.#pendingBytes > 0) this.#socket.resetAndDestroy()
    else this.#socket.destroy()
  }

  #handle(exchange: Exchange): void {
    this.idleSinceMs = undefined
    this.#options.handle(exchange)
  }

  /** The system has all of the answer. */
  #onAnswered(exchange: Exchange): void {
    this.#forgetAnswer()
    if (this.#queue[0] !== exchange) return
    this.#queue.shift()
    if (exchange.isLast || !exchange.response.shouldKeepAlive || !exchange.body.isConsumed) return this.#end()
    const next = this.#queue[0]
    if (next !== undefined) {
      // Others have their turn in between.
      setImmediate(() => {
        if (this.#state !== 'over' && !this.#socket.destroyed) this.#handle(next)
      })
    } else if (this.#state === 'refusing') return this.#part()
    else this.idleSinceMs = this.#options.clock()
    this.#steer()
  }

  /** Refuses what never became a request. */
  #part(): void {
    const code = this.#refusal!
    const { status } = REGISTRY[code]
    this.#socket.write(
      `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nx-roost-error: ${code}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
    )
    this.#end()
  }

  /** The last word has been said. */
  #end(): void {
    this.#leave()
    this.#queue.length = 0
    this.#socket.end()
    setTimeout(() => this.#socket.destroy(), LINGER_MS).unref()
  }

  /** Parses on while there is somebody to take what comes: no request at work, or one that wants more of its body. */
  #steer(): void {
    const [first, second] = this.#queue
    const isReading = first === undefined || (second === undefined && first.body.wantsMore)
    if (isReading === this.#isReading) return
    this.#isReading = isReading
    this.#queue.at(-1)?.body.onReading(isReading)
    if (isReading) this.#input.wake()
  }

  get #pendingBytes(): number {
    const answering = this.#queue[0]
    if (answering === undefined) return this.#socket.writableLength
    const bytes = answering.response.writableLength
    return bytes === 0 ? 0 : bytes + answering.readAheadBytes
  }

  #forgetAnswer(): void {
    this.owner?.answers.note(this.#held[0], 0, 0)
    this.#options.answers.note(this.#held[1], 0, 0)
  }

  #onClose(): void {
    this.#leave()
    this.#forgetAnswer()
    this.#options.owners.remove(this)
    for (const { body } of this.#queue.splice(0)) body.release()
  }

  /** Nothing that follows is looked at. */
  #leave(): void {
    if (this.#state !== 'over') this.#go('over')
  }

  #go(state: ConnectionState): void {
    this.#state = follow<ConnectionState>(CONNECTION_ARROWS, this.#state, state)
  }
}

export type ConnectionState = keyof typeof CONNECTION_ARROWS

export const CONNECTION_ARROWS = {
  open: ['refusing', 'over'],
  refusing: ['over'],
  over: [],
} as const satisfies Arrows<'open' | 'refusing' | 'over'>

/** What a client lets wait, in one of the two accounts. */
class Held implements AnswerHolder {
  waiting: WaitingBytes | undefined
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  destroy(): void {
    this.#connection.destroy()
  }
}

const SENTENCES: Partial<Record<ErrorCode, string>> = {
  REQUEST_TIMEOUT: 'The body did not arrive in time.',
  HEADERS_TOO_LARGE: 'The trailers are too large.',
}
