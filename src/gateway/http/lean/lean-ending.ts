import type { Socket } from 'node:net'
import { type Arrows, follow, monotonicNow } from '../../../base/lib/index.ts'
import type { FrontLimits } from '../front.ts'
import { LINGER_MS, MAX_LINGERING_BYTES } from '../refusal.ts'
import type { LeanReader } from './lean-reader.ts'
import { StallWatch } from './lean-stall.ts'

export type EndingState = keyof typeof ENDING_ARROWS

/**
 * The ends of a connection: from the last request that is taken to the socket's close, and the deadlines that lead there.
 *
 *   open ─── refused, answered early, the last request ─> over
 *   open ─── idle for too long, the client's end ───────> ending
 *   over ─── the answers are out ───────────────────────> ending
 *   open ─── gone, too slow ────────────────────────────> closed
 *   over ─── gone, too slow ────────────────────────────> closed
 *   ending ─ the client's end, lingerMs ────────────────> closed
 *   open ─── given away, for another protocol ──────────> switched
 *   switched ─ its new owner ends it ───────────────────> closed
 *
 * From `over` on nothing is read as a request: what comes is read past, up to MAX_LINGERING_BYTES.
 * Tested: lean-ending.test.ts; test/contract/http-front.ts, front-differential.ts.
 */
export class LeanEnding {
  readonly stall: StallWatch
  readonly #socket: Socket
  readonly #limits: FrontLimits
  readonly #reader: LeanReader
  #state: EndingState = 'open'
  /** When the connection has waited too long for what it waits for, on the monotonic clock. */
  #deadlineMs: number
  #lingered = 0

  constructor(socket: Socket, limits: FrontLimits, reader: LeanReader) {
    this.#socket = socket
    this.#limits = limits
    this.#reader = reader
    this.stall = new StallWatch(socket, limits.clientStallMs)
    this.#deadlineMs = monotonicNow() + limits.requestHeadTimeoutMs
  }

  get state(): EndingState {
    return this.#state
  }

  /** What it waits for from now on must come within `ms`: Infinity while it is for us to act. */
  allow(ms: number): void {
    this.#deadlineMs = ms === Number.POSITIVE_INFINITY ? ms : monotonicNow() + ms
  }

  isLate(nowMs: number): boolean {
    return nowMs >= this.#deadlineMs
  }

  /** No more requests are taken. */
  stopReading(): void {
    this.#reader.stop()
    if (this.#state !== 'open') return
    this.#go('over')
    this.#deadlineMs = Number.POSITIVE_INFINITY
  }

  /** Nothing of it is for this end to decide any more. */
  handOver(): void {
    this.#go('switched')
    this.#reader.stop()
    this.stall.end()
    this.#deadlineMs = Number.POSITIVE_INFINITY
  }

  /** Reads past what comes from `over` on, while the client reads its answers. */
  readPast(bytes: Buffer): void {
    if (this.#state === 'closed') return
    this.#lingered += bytes.length
    if (this.#lingered > MAX_LINGERING_BYTES || this.#socket.writableLength > 0) this.#socket.pause()
  }

  /** Says that nothing more will come, once what has been written is out, and reads past what the client still says. */
  endAfterAnswers(): void {
    if (this.#state === 'ending' || this.#state === 'closed') return
    this.#go('ending')
    this.#reader.stop()
    this.#deadlineMs = Number.POSITIVE_INFINITY
    if (this.#socket.writableLength > 0) this.stall.begin()
    else this.#socket.resume()
    this.#socket.end(() => {
      this.#socket.resume()
      this.allow(this.#limits.lingerMs ?? LINGER_MS)
    })
  }

  /** What it waited for has not come in time, and it is not in the middle of a request. */
  onLate(nowMs: number): void {
    if (this.#state === 'ending' || this.#socket.bytesRead === 0) return this.destroy()
    if (this.#socket.writableLength === 0) return this.endAfterAnswers()
    // It is not idle: it still takes its last answer.
    this.stall.begin()
    this.#deadlineMs = nowMs + this.#limits.keepAliveMs
  }

  onStall(): void {
    if (this.#socket.writableLength > 0) this.destroy()
    else this.stall.end()
  }

  /**
   * @param isReset tells the client that its answer is incomplete where nothing else does. So is one that the client does
   * not take: for an orderly end the system would keep up to 4 MB of it, and the connection, until it is read.
   */
  destroy(isReset = false): void {
    if (isReset || this.#socket.writableLength > 0) this.#socket.resetAndDestroy()
    else this.#socket.destroy()
    this.onClose() // the event comes later; until then nothing of what has arrived may be read
  }

  /** The socket is closed, or is about to be. */
  onClose(): void {
    if (this.#state !== 'closed') this.#go('closed')
    this.#reader.stop()
  }

  #go(state: EndingState): void {
    this.#state = follow<EndingState>(ENDING_ARROWS, this.#state, state)
  }
}

export const ENDING_ARROWS = {
  open: ['over', 'ending', 'closed', 'switched'],
  over: ['ending', 'closed'],
  ending: ['closed'],
  switched: ['closed'],
  closed: [],
} as const satisfies Arrows<'open' | 'over' | 'ending' | 'switched' | 'closed'>
