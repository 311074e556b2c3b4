import { type Arrows, follow } from '../../base/lib/index.ts'
import {
  CREDIT_BYTES,
  type Failure,
  FrameType,
  type FrameWriter,
  writeEnd,
  writeFailed,
  writeHead,
} from '../protocol/index.ts'

/** Longer pieces travel as several frames, so that nothing holds the host's turn for long. */
const MAX_CHUNK_BYTES = 64 * 1024

/**
 * A program asks for its next invocation as soon as it has answered: for so long the last word waits for that, so that
 * caller and pool hear in one breath that the answer is whole and that the instance is free. Otherwise the caller's next
 * request would often find it busy, and cost another process.
 */
const LAST_WORD_MS = 10

/**
 * What one call answers, sent as the frames that a runtime inside an instance would send, within the credit that was
 * given. The invocation is over when `settle` is called: when the program asks for its next one.
 *
 *   waiting ─ open ────────> open
 *   waiting ─ fail ────────> ended
 *   open ──── close, fail ─> ended
 *   ended ─── settle ──────> settled
 *
 * What is said last goes out with `settle`, or LAST_WORD_MS after the answer has ended.
 * Tested: answer.test.ts; with programs in test/contract/runtime-api/answers.test.ts.
 */
export class Answer {
  readonly #id: number
  readonly #writer: FrameWriter
  #state: AnswerState = 'waiting'
  #credit = CREDIT_BYTES
  /** Says how it ended. */
  #lastWord: ((isSettled: boolean) => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #rest: { bytes: Uint8Array; at: number; resolve: () => void } | undefined

  constructor(id: number, writer: FrameWriter) {
    this.#id = id
    this.#writer = writer
  }

  get state(): AnswerState {
    return this.#state
  }

  /** Nothing was sent yet. */
  get isWaiting(): boolean {
    return this.#state === 'waiting'
  }

  /** All has been said about the call but that it is over. */
  get isEnded(): boolean {
    return this.#state === 'ended'
  }

  /** @throws ProtocolError when the headers are too long; then nothing has been sent. */
  open(status: number, headers: readonly string[]): void {
    writeHead(this.#writer, this.#id, status, headers, undefined, false, false)
    this.#go('open')
  }

  /** Sends a piece of the body; resolves when all of it is on its way. Never rejects. */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#state !== 'open') return Promise.resolve()
    const at = this.#send(bytes, 0)
    if (at === bytes.length) return Promise.resolve()
    return new Promise((resolve) => {
      this.#rest = { bytes, at, resolve }
    })
  }

  close(): void {
    if (this.#state !== 'open') return
    this.#end((isSettled) => writeEnd(this.#writer, this.#id, isSettled))
  }

  /** User code failed: before its answer, or in the middle of it. Afterwards it is of no interest. */
  fail(failure: Failure): void {
    if (this.#state === 'ended' || this.#state === 'settled') return
    this.#end((isSettled) => writeFailed(this.#writer, this.#id, failure, isSettled))
    this.#rest?.resolve()
    this.#rest = undefined
  }

  settle(): void {
    this.#go('settled')
    if (this.#lastWord === undefined) this.#writer.write(FrameType.settled, this.#id)
    else this.#speak(true)
  }

  #end(lastWord: (isSettled: boolean) => void): void {
    this.#go('ended')
    this.#lastWord = lastWord
    this.#timer = setTimeout(() => this.#speak(false), LAST_WORD_MS)
  }

  #speak(isSettled: boolean): void {
    clearTimeout(this.#timer)
    this.#lastWord?.(isSettled)
    this.#lastWord = undefined
  }

  /** The host allows `bytes` more. */
  grant(bytes: number): void {
    this.#credit += bytes
    const rest = this.#rest
    if (rest === undefined) return
    rest.at = this.#send(rest.bytes, rest.at)
    if (rest.at < rest.bytes.length) return
    this.#rest = undefined
    rest.resolve()
  }

  /** @returns how far it came. */
  #send(bytes: Uint8Array, from: number): number {
    let at = from
    while (at < bytes.length && this.#credit > 0) {
      const chunk = bytes.subarray(at, at + Math.min(MAX_CHUNK_BYTES, this.#credit))
      this.#writer.write(FrameType.chunk, this.#id, chunk)
      this.#credit -= chunk.length
      at += chunk.length
    }
    return at
  }

  #go(state: AnswerState): void {
    this.#state = follow<AnswerState>(ANSWER_ARROWS, this.#state, state)
  }
}

export type AnswerState = keyof typeof ANSWER_ARROWS

export const ANSWER_ARROWS = {
  waiting: ['open', 'ended'],
  open: ['ended'],
  ended: ['settled'],
  settled: [],
} as const satisfies Arrows<'waiting' | 'open' | 'ended' | 'settled'>
