import { Buffer } from 'node:buffer'
import {
  CREDIT_BYTES,
  FrameType,
  MAX_RESPONSE_HEAD_BYTES,
  MAX_RESPONSE_HEADERS,
  ProtocolError,
  writeEnd,
  writeHead,
} from '../protocol/index.ts'
import type { Link } from './link.ts'
import { OwnPromise } from './own-globals.ts'

/** Longer pieces of a body travel as several frames, so that other invocations get their turn. */
const MAX_CHUNK_BYTES = 64 * 1024

/** The status of the empty answer that stands for one nobody hears. */
const SILENT_STATUS = 202

export type Body = string | Uint8Array | null

/** Of the link to the host. */
export type AnswerLink = Pick<Link, 'writer' | 'hold' | 'release'>

/** The invocation that an answer belongs to. */
export interface AnswerOwner {
  /** Whether it goes on when its answer has ended (`waitUntil`). */
  readonly hasPendingWork: boolean
  /** The answer has ended, and with `isSettled` the host was told that the invocation is over too. */
  onAnswered(isSettled: boolean): void
}

/**
 * What one invocation sends to its client, bounded by the credit that the host has given.
 *
 *   none ─ open ──────────────────> open
 *   none ─ respond, close, abort ──> ended
 *   open ─ close, abort, discard ──> ended
 *
 * After `discard` nothing is sent any more but the end. The table below says the same as the drawing; it is checked by
 * the test and not at run time: this program imports nothing of the host's, and each of its invocations comes here.
 * Tested: answer.test.ts; with functions in test/compat/runtime/answers.test.ts, test/compat/runtime/streams.test.ts.
 */
export class Answer {
  readonly #id: number
  readonly #link: AnswerLink
  readonly #owner: AnswerOwner
  /** Nobody is to hear it: the caller of a background function has been answered. User code's output runs dry. */
  readonly #isMute: boolean
  #state: AnswerState = 'none'
  #isDiscarded = false
  #credit = CREDIT_BYTES
  /** Bytes that wait for credit. While there are any, the process stays alive: the host will grant more. */
  #waiting: { bytes: Uint8Array; at: number; resolve: () => void } | undefined
  #onDiscard: (() => void) | undefined

  constructor(id: number, link: AnswerLink, owner: AnswerOwner, isMute: boolean) {
    this.#id = id
    this.#link = link
    this.#owner = owner
    this.#isMute = isMute
  }

  get state(): AnswerState {
    return this.#state
  }

  get isBegun(): boolean {
    return this.#state !== 'none'
  }

  get isEnded(): boolean {
    return this.#state === 'ended'
  }

  get isDiscarded(): boolean {
    return this.#isDiscarded
  }

  /**
   * Answers with a body that is all there: in one frame when the credit allows.
   * @throws RangeError when the headers are too long; then nothing has been sent.
   */
  respond(status: number, headers: readonly string[], body: Body): void {
    if (this.#state !== 'none') return
    if (this.#isDiscarded || this.#isMute) return this.close()
    if (body !== null && isOver(body, CREDIT_BYTES)) {
      this.open(status, headers)
      const bytes = typeof body === 'string' ? Buffer.from(body) : body
      const rest = this.write(bytes)
      if (rest === undefined) this.close()
      else void rest.then(() => this.close()) // never rejects
      return
    }
    this.#writeHead(status, headers, body ?? undefined, true)
  }

  /**
   * Sends status and headers; the body follows.
   * @throws RangeError as `respond`.
   */
  open(status: number, headers: readonly string[]): void {
    if (this.#state !== 'none' || this.#isDiscarded || this.#isMute) return
    this.#writeHead(status, headers, undefined, false)
  }

  /** Sends a piece of the body. Returns a promise when the client is slower: wait for it. It never rejects. */
  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#state !== 'open' || this.#isDiscarded) return undefined
    const at = this.#send(bytes, 0)
    if (at === bytes.length) return undefined
    this.#link.hold()
    return new OwnPromise((resolve) => {
      this.#waiting = { bytes, at, resolve }
    })
  }

  /** The body is complete. */
  close(): void {
    if (this.#state === 'ended') return
    if (this.#state === 'none') return this.#writeHead(SILENT_STATUS, [], undefined, true)
    this.#state = 'ended'
    const isSettled = !this.#owner.hasPendingWork
    writeEnd(this.#link.writer, this.#id, isSettled)
    this.#owner.onAnswered(isSettled)
  }

  /** The answer has ended by a failure, which the caller reports. */
  abort(): void {
    this.#state = 'ended'
    this.#stopWaiting()
    this.#onDiscard?.()
  }

  /** Nobody listens: what comes is dropped. An answer that has begun ends here. */
  discard(): void {
    if (this.#isMute || this.#isDiscarded || this.#state === 'ended') return
    this.#isDiscarded = true
    this.#stopWaiting()
    this.#onDiscard?.()
    if (this.#state === 'open') this.close()
  }

  /** `listener` is called once, when the rest of the body is no longer wanted. */
  set onDiscard(listener: () => void) {
    if (this.#isDiscarded) listener()
    else this.#onDiscard = listener
  }

  /** The host allows `bytes` more. */
  grant(bytes: number): void {
    this.#credit += bytes
    const waiting = this.#waiting
    if (waiting === undefined) return
    waiting.at = this.#send(waiting.bytes, waiting.at)
    if (waiting.at === waiting.bytes.length) this.#stopWaiting()
  }

  #writeHead(
    status: number,
    headers: readonly string[],
    body: string | Uint8Array | undefined,
    isEnd: boolean,
  ): void {
    const isSettled = isEnd && !this.#owner.hasPendingWork
    try {
      writeHead(this.#link.writer, this.#id, status, headers, body, isEnd, isSettled)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      throw new RangeError(
        `The function responded with ${error.message}; the limits are ${MAX_RESPONSE_HEAD_BYTES} bytes and ${MAX_RESPONSE_HEADERS} headers.`,
      )
    }
    this.#state = isEnd ? 'ended' : 'open'
    if (isEnd) this.#owner.onAnswered(isSettled)
  }

  #send(bytes: Uint8Array, from: number): number {
    let at = from
    while (at < bytes.length && this.#credit > 0) {
      const length = Math.min(bytes.length - at, this.#credit, MAX_CHUNK_BYTES)
      this.#link.writer.write(FrameType.chunk, this.#id, bytes.subarray(at, at + length))
      this.#credit -= length
      at += length
    }
    return at
  }

  #stopWaiting(): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    this.#waiting = undefined
    this.#link.release()
    waiting.resolve()
  }
}

export type AnswerState = keyof typeof ANSWER_ARROWS

export const ANSWER_ARROWS = {
  none: ['open', 'ended'],
  open: ['ended'],
  ended: [],
} as const satisfies Record<'none' | 'open' | 'ended', readonly ('none' | 'open' | 'ended')[]>

function isOver(body: string | Uint8Array, limit: number): boolean {
  if (typeof body !== 'string') return body.length > limit
  return body.length * 3 > limit && Buffer.byteLength(body) > limit
}
