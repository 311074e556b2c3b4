import { type Arrows, follow, GatheredBytes } from '../../base/lib/index.ts'
import type { ResponseSink, SinkListener } from '../http/index.ts'
import type { Acceptance } from './accept-encoding.ts'
import { type Coding, createEncoder, type Encoder } from './coding.ts'
import { compressLater, compressNow, SYNC_BYTES } from './compress-whole.ts'
import { MIN_BYTES } from './compressible.ts'
import { encodeHead, mayEncode, varyHead } from './encoded-head.ts'
import type { EncoderBudget } from './encoder-budget.ts'

export type CompressingState = keyof typeof COMPRESSING_ARROWS

/**
 * A response on its way through an encoder, or past it: in front of the client's own sink.
 *
 *   open ─────── not to be encoded ─────────────────> passing
 *   open ─────── a whole body, small ───────────────> over
 *   open ─────── a whole body ──────────────────────> packing
 *   open ─────── start ─────────────────────────────> streaming
 *   open ─────── abort, client left ────────────────> over
 *   passing ──── end, abort, client left ───────────> over
 *   packing ──── encoded, abort, client left ───────> over
 *   streaming ── end ───────────────────────────────> ending
 *   streaming ── abort, encoder failed, client left ─> over
 *   ending ───── the last bytes ────────────────────> over
 *   ending ───── abort, encoder failed, client left ─> over
 *
 * Nothing is held back: each piece that comes is flushed, together with those that came while the encoder was busy. Pieces
 * are accepted up to PENDING_BYTES ahead of the encoder, and the encoder stops while the client does not read. What is
 * aborted cuts the connection, so that nobody takes the part for the whole (D12).
 * Tested: compressing-sink.test.ts; over sockets in test/compat/edge/encoding.test.ts.
 */
export class CompressingSink implements ResponseSink, SinkListener {
  readonly #acceptance: Acceptance
  readonly #isHead: boolean
  readonly #budget: EncoderBudget
  readonly #next: ResponseSink
  #listener: SinkListener
  #state: CompressingState = 'open'
  #encoder: Encoder | undefined
  /** What came while the encoder was busy. */
  readonly #pending = new GatheredBytes()
  #isBusy = false
  /** We have said that it is enough for now: `onDrain` is owed. */
  #owesDrain = false

  constructor(options: CompressingSinkOptions, next: ResponseSink, listener: SinkListener) {
    this.#acceptance = options.acceptance
    this.#isHead = options.isHead
    this.#budget = options.budget
    this.#next = next
    this.#listener = listener
    next.listen(this)
  }

  get machineState(): CompressingState {
    return this.#state
  }

  get state(): ResponseSink['state'] {
    switch (this.#state) {
      case 'open':
        return 'untouched'
      case 'streaming':
        return 'head'
      case 'packing':
      case 'ending':
        return 'ended'
      default:
        return this.#next.state
    }
  }

  listen(listener: SinkListener): void {
    this.#listener = listener
  }

  send(status: number, headers: string[], body: Buffer | string): void {
    if (this.#state !== 'open') return
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    const coding = this.#chooseCoding(status, headers, bytes.length, bytes.length)
    if (coding === undefined) {
      this.#go('over')
      this.#next.send(status, this.#passHead(status, headers), body)
    } else if (bytes.length <= SYNC_BYTES) {
      this.#budget.give(bytes.length)
      this.#go('over')
      this.#next.send(status, encodeHead(headers, coding), compressNow(coding, bytes))
    } else {
      this.#go('packing')
      compressLater(coding, bytes, (error, encoded) => {
        this.#budget.give(bytes.length)
        if (this.#state !== 'packing') return
        this.#go('over')
        if (error === null) this.#next.send(status, encodeHead(headers, coding), encoded)
        else this.#next.send(status, varyHead(headers), bytes)
      })
    }
  }

  start(status: number, headers: string[], length: number | undefined, first: Buffer): boolean {
    if (this.#state !== 'open') return false
    const coding = this.#chooseCoding(status, headers, length ?? MIN_BYTES, 0)
    if (coding === undefined) {
      this.#go('passing')
      return this.#next.start(status, this.#passHead(status, headers), length, first)
    }
    this.#encoder = this.#createEncoder(coding)
    this.#go('streaming')
    const isTaken = this.#next.start(status, encodeHead(headers, coding), undefined, NOTHING)
    if (!isTaken) this.#encoder.pause()
    return first.length === 0 ? isTaken : this.write(first) && isTaken
  }

  write(bytes: Buffer): boolean {
    if (this.#state === 'passing') return this.#next.write(bytes)
    if (this.#state !== 'streaming') return false
    this.#pending.push(bytes)
    this.#feed()
    if (this.#isOpen) return true
    this.#owesDrain = true
    return false
  }

  end(): void {
    if (this.#state === 'passing') {
      this.#go('over')
      this.#next.end()
    } else if (this.#state === 'streaming') {
      this.#go('ending')
      this.#feed()
    }
  }

  abort(): void {
    if (this.#state === 'over') return
    this.#stop()
    this.#next.abort()
  }

  onDrain(): void {
    if (this.#state === 'passing') return this.#listener.onDrain()
    this.#encoder?.resume()
    this.#tellDrain()
  }

  onClose(): void {
    // A response that has passed may still wait for its turn with the client: the listener hears of that, too.
    this.#stop()
    this.#listener.onClose()
  }

  /** @returns undefined: the response leaves as it is. A coding comes with its place in the budget. */
  #chooseCoding(
    status: number,
    headers: readonly string[],
    length: number,
    budgeted: number,
  ): Coding | undefined {
    const [coding] = this.#acceptance.codings
    if (coding === undefined || length < MIN_BYTES || this.#isHead || !mayEncode(status, headers))
      return undefined
    return this.#budget.take(budgeted) ? coding : undefined
  }

  /** HEAD says what GET would: of an encoded response nobody knows the length before it is made. */
  #passHead(status: number, headers: string[]): string[] {
    if (!mayEncode(status, headers)) return headers
    if (!this.#isHead || this.#acceptance.codings.length === 0) return varyHead(headers)
    return encodeHead(headers, undefined)
  }

  #createEncoder(coding: Coding): Encoder {
    const encoder = createEncoder(coding, { kind: 'live', flushes: true })
    encoder.on('data', (bytes: Buffer) => {
      if (this.#isRunning && !this.#next.write(bytes)) encoder.pause()
    })
    encoder.on('end', () => {
      if (this.#state !== 'ending') return
      this.#stop()
      this.#next.end()
    })
    encoder.on('error', () => this.abort())
    return encoder
  }

  get #isRunning(): boolean {
    return this.#state === 'streaming' || this.#state === 'ending'
  }

  /** More may come. */
  get #isOpen(): boolean {
    return this.#pending.length < PENDING_BYTES && this.#encoder?.isPaused() === false
  }

  /** Gives the encoder what there is, once it has dealt with what it had. */
  #feed(): void {
    if (this.#isBusy || !this.#isRunning) return
    if (this.#pending.length > 0) {
      this.#isBusy = true
      this.#encoder!.write(this.#pending.take(), this.#onFed)
    } else if (this.#state === 'ending') this.#encoder!.end()
  }

  readonly #onFed = (error?: Error | null): void => {
    this.#isBusy = false
    if (error != null) return // the encoder has said so itself, or we have stopped it
    this.#feed()
    this.#tellDrain()
  }

  #tellDrain(): void {
    if (!this.#owesDrain || this.#state !== 'streaming' || !this.#isOpen) return
    this.#owesDrain = false
    this.#listener.onDrain()
  }

  #stop(): void {
    if (this.#state === 'over') return
    this.#go('over')
    if (this.#encoder === undefined) return
    this.#encoder.destroy()
    this.#encoder = undefined
    this.#budget.give()
  }

  #go(state: CompressingState): void {
    this.#state = follow(COMPRESSING_ARROWS, this.#state, state)
  }
}

export interface CompressingSinkOptions {
  acceptance: Acceptance
  /** The request is HEAD. */
  isHead: boolean
  budget: EncoderBudget
}

/** How much may wait for the encoder. */
const PENDING_BYTES = 64 * 1024
const NOTHING = Buffer.alloc(0)

export const COMPRESSING_ARROWS = {
  open: ['passing', 'packing', 'streaming', 'over'],
  passing: ['over'],
  packing: ['over'],
  streaming: ['ending', 'over'],
  ending: ['over'],
  over: [],
} as const satisfies Arrows<'open' | 'passing' | 'packing' | 'streaming' | 'ending' | 'over'>
