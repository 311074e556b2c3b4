import type { IncomingMessage } from 'node:http'
import { RoostError } from '../errors/index.ts'
import { type Clock, formatBytes, GatheredBytes, KIB } from '../lib/index.ts'
import type { BodyBudget } from '../memory/index.ts'
import { hostBusy } from './refusal.ts'
import type { Turns } from './turns.ts'

/** What may wait for a handler that takes a body piece by piece. */
const WAITING_BYTES = 64 * KIB

export interface BodyOptions {
  request: IncomingMessage
  /** The client waits for `100 Continue`, which this sends. */
  sendContinue: (() => void) | undefined
  /** Told when the connection has to read on, or to stop reading. */
  onSteer(): void
  /** Time for a body that is collected. One that is read piece by piece brings so many bytes a second in each such time. */
  timeoutMs: number
  minBytesPerSecond: number
  clock: Clock
  /** What has collected a body continues in a turn of its own. */
  turns: Turns
}

/**
 * The body of a request. It is taken off Node's hands as it comes: Node keeps some three hundred bytes beside each piece,
 * and the sender chooses how small its pieces are.
 */
export class RequestBody implements AsyncIterable<Buffer> {
  /** Where bytes that are collected are counted; set when the request's owner is known. */
  account: BodyBudget | undefined
  /** None was announced. */
  readonly isEmpty: boolean
  readonly #options: BodyOptions
  readonly #declaredBytes: number
  #arrivedBytes = 0
  #gathered = new GatheredBytes()
  /** All of it has been gathered; Node may take a moment between its arrival and this. */
  #isEnded: boolean
  #isConsumed = false
  #isCollecting = false
  #isDiscarded = false
  #hasBegun = false
  #error: unknown
  #wake: (() => void) | undefined
  #countedBytes = 0
  /** Since the rate was looked at last, in bytes, and how long had been waited then. */
  #recentBytes = 0
  #recentSinceMs = 0
  /** Since when, and how long before, bytes are waited for. */
  #waitingSinceMs: number | undefined
  #waitedMs = 0

  constructor(options: BodyOptions) {
    const { request, sendContinue, clock } = options
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers
    this.#options = options
    this.#declaredBytes = Number(length ?? 0)
    this.isEmpty = coding === undefined && this.#declaredBytes === 0
    this.#isEnded = this.isEmpty
    if (sendContinue === undefined) this.#waitingSinceMs = clock()
    if (this.isEmpty) return
    request.on('data', (piece: Buffer) => this.#onData(piece))
    request.on('end', () => this.#onEnd())
    request.on('error', (error) => this.fail(error))
    request.on('close', () => this.fail(brokenOff()))
  }

  /** The handler has taken all of it. */
  get isConsumed(): boolean {
    return this.isEmpty || this.#isConsumed
  }

  /** How much of a body is still to come whose length was announced. 0 for one in chunks. */
  get plainBytes(): number {
    return this.hasArrived || this.#declaredBytes === 0 ? 0 : this.#declaredBytes - this.#arrivedBytes
  }

  get hasArrived(): boolean {
    return this.isEmpty || this.#options.request.complete
  }

  /** The client was not told to go on, so nothing will come. */
  get isHeldBack(): boolean {
    return this.#options.sendContinue !== undefined && !this.#hasBegun
  }

  /** There is more to come, and room for it. */
  get wantsMore(): boolean {
    return !this.hasArrived && (this.#isCollecting || this.#gathered.length < WAITING_BYTES)
  }

  /**
   * All of it in one piece, counted until `release`.
   * @throws BODY_TOO_LARGE; HOST_BUSY when the owner or the host has no room for it; what `fail` says.
   */
  async collect(limitBytes: number): Promise<Buffer> {
    if (this.#declaredBytes > limitBytes) throw tooLarge(limitBytes)
    this.#isCollecting = true
    this.#options.onSteer()
    this.#begin()
    try {
      for (;;) {
        if (this.#gathered.length > limitBytes) throw tooLarge(limitBytes)
        this.#count()
        if (this.#isEnded) break
        await this.#waitForMore()
      }
    } finally {
      this.#isCollecting = false
    }
    this.#isConsumed = true
    // Whole, it is the handler's: also when its client goes away before the turn comes.
    const whole = this.#gathered
    this.#gathered = new GatheredBytes()
    if (!this.isEmpty) await this.#options.turns.next()
    return whole.take()
  }

  /** Piece by piece, with back-pressure. Whoever stops early leaves the connection as it is, to answer over it. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    this.#begin()
    for (;;) {
      while (this.#gathered.length > 0) {
        const piece = this.#gathered.take()
        this.#options.onSteer()
        yield piece
      }
      if (this.#isEnded) break
      await this.#waitForMore()
    }
    this.#isConsumed = true
  }

  /** Nobody wants it: what comes is dropped, so that its sender can read the answer, and takes no room from other bodies. */
  discard(): void {
    this.#isDiscarded = true
    this.release()
    this.#options.onSteer()
  }

  /** It will never be whole; who reads it hears `error`, at once. */
  fail(error: unknown): void {
    if (this.#isEnded || this.#error !== undefined) return
    this.#error = error
    this.discard()
    this.#wake?.()
  }

  /** What was collected is not needed any more. Idempotent. */
  release(): void {
    this.#gathered.clear()
    this.account?.give(this.#countedBytes)
    this.#countedBytes = 0
  }

  /** Told when the connection stops reading and reads on: only the time that the client takes counts. */
  onReading(isReading: boolean): void {
    const nowMs = this.#options.clock()
    if (!isReading && this.#waitingSinceMs !== undefined) this.#waitedMs += nowMs - this.#waitingSinceMs
    this.#waitingSinceMs = isReading && !this.isHeldBack ? nowMs : undefined
  }

  /** Now and then: has it taken too long? */
  onCheck(nowMs: number): void {
    const { timeoutMs, minBytesPerSecond } = this.#options
    if (this.hasArrived || this.#waitingSinceMs === undefined) return
    const waitedMs = this.#waitedMs + nowMs - this.#waitingSinceMs
    const recentMs = waitedMs - this.#recentSinceMs
    if (recentMs <= timeoutMs) return
    if (this.#isCollecting || this.#recentBytes < (minBytesPerSecond * recentMs) / 1000)
      this.fail(new RoostError('REQUEST_TIMEOUT', 'The body did not arrive in time.'))
    this.#recentBytes = 0
    this.#recentSinceMs = waitedMs
  }

  #begin(): void {
    if (this.#hasBegun) return
    const wasHeldBack = this.isHeldBack
    this.#hasBegun = true
    if (!wasHeldBack) return
    this.onReading(true)
    this.#options.sendContinue?.()
  }

  #count(): void {
    const more = this.#gathered.length - this.#countedBytes
    if (this.account?.take(more) === false) throw hostBusy('Too many request bodies are in memory.')
    this.#countedBytes += more
  }

  async #waitForMore(): Promise<void> {
    if (this.#error === undefined)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    this.#wake = undefined
    if (this.#error !== undefined) throw this.#error
  }

  #onData(piece: Buffer): void {
    this.#arrivedBytes += piece.length
    this.#recentBytes += piece.length
    if (this.#isDiscarded) return
    this.#gathered.push(piece)
    if (!this.wantsMore) this.#options.onSteer()
    this.#wake?.()
  }

  #onEnd(): void {
    if (this.#error !== undefined) return
    this.#isEnded = true
    this.#options.onSteer()
    this.#wake?.()
  }
}

function tooLarge(limitBytes: number): RoostError {
  return new RoostError('BODY_TOO_LARGE', `The body is larger than ${formatBytes(limitBytes)}.`)
}

function brokenOff(): Error {
  return Object.assign(new Error('The connection closed before the whole body arrived.'), {
    code: 'ECONNRESET',
  })
}

/** The client has gone away in the middle: nobody is there to be told. */
export function isBrokenOff(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE'
}
