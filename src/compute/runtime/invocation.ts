import { type Failure, type FailurePhase, FrameType, type Invoke, writeFailed } from '../protocol/index.ts'
import { Answer, type AnswerOwner } from './answer.ts'
import { toFailure } from './failure.ts'
import type { Context } from './globals/context-type.ts'
import type { Link } from './link.ts'
import { logError } from './log-error.ts'
import { defer, OwnPromise } from './own-globals.ts'
import type { RequestScope } from './scope.ts'

/**
 * One call of the function, from its first line of user code to the end of its `waitUntil` work (runtime.md §6).
 *
 * Ends in one of these ways, each told to the host once:
 *   the answer ends, nothing pending                        head or end, settled with it
 *   the answer ends, work pending                           …, later a frame `settled`
 *   user code fails before the answer                       pending work first, then `failed`
 *   the answer's body fails                                 `failed` at once, then `settled`
 *   nothing is left that could make it go on                `failed` at once (`onLoopEmpty`)
 */
export class Invocation implements AnswerOwner, RequestScope {
  readonly id: number
  readonly call: Invoke
  readonly url: string
  /** Those of the request, then those of the deploy. */
  readonly headers: string
  readonly answer: Answer
  readonly isBackground: boolean
  /** Aborts when the client goes away, if the function asked for that. */
  readonly abort: AbortController | undefined
  context: Context | undefined
  isOpen = true
  readonly #link: Link
  readonly #onSettled: (invocation: Invocation) => void
  #pending = 0
  #failure: Failure | undefined
  #whenLoopIsEmpty: (() => void) | undefined

  constructor(options: InvocationOptions) {
    this.id = options.id
    this.call = options.call
    this.url = options.call.url
    this.headers = options.call.headers + options.constantHeaders
    this.isBackground = options.isBackground
    this.abort = options.abortOnDisconnect ? new AbortController() : undefined
    this.#link = options.link
    this.#onSettled = options.onSettled
    this.answer = new Answer(options.id, options.link, this, options.isBackground)
  }

  get hasPendingWork(): boolean {
    return this.#pending > 0
  }

  /** Keeps the invocation open until `work` has settled. A rejection is logged and changes nothing else. */
  waitUntil(work: unknown): void {
    this.#pending++
    OwnPromise.resolve(work).then(
      () => this.#onWorkDone(),
      (reason: unknown) => {
        logError(reason)
        this.#onWorkDone()
      },
    )
  }

  /**
   * User code failed. Before the answer the report waits for pending work; once the answer has begun the client has
   * to learn at once that the rest will not come (D34). What fails after the answer's end is not reported.
   */
  fail(thrown: unknown, phase: FailurePhase): void {
    this.failWith(toFailure(thrown, phase))
  }

  failWith(failure: Failure): void {
    if (!this.isOpen || this.answer.isEnded || this.#failure !== undefined) return
    if (!this.answer.isBegun && this.hasPendingWork) {
      this.#failure = failure
      return
    }
    this.#report(failure, !this.hasPendingWork)
  }

  /**
   * The process is about to end: reports what open invocations ended with. Not as settled: the host would hand the
   * next call to a process that is on its way out.
   */
  failByDeath(failure: Failure): void {
    if (this.isOpen && !this.answer.isEnded) this.#report(this.#failure ?? failure, false)
  }

  /** Nobody waits for the answer any more. User code goes on (runtime.md §2.1). */
  cancel(): void {
    this.answer.discard()
    this.abort?.abort()
  }

  /** What happens when the event loop is empty, instead of the failure `Runtime.NodeJsExit`. Called once. */
  set whenLoopIsEmpty(action: (() => void) | undefined) {
    this.#whenLoopIsEmpty = action
  }

  get waitsForEmptyLoop(): boolean {
    return this.#whenLoopIsEmpty !== undefined
  }

  /** Nothing in the process can make this invocation go on (runtime.md §1.4). */
  onLoopEmpty(): void {
    const action = this.#whenLoopIsEmpty
    if (action !== undefined) {
      this.#whenLoopIsEmpty = undefined
      return action()
    }
    if (this.answer.isEnded) {
      logError('Work after the response can never settle: nothing is left to wait for.')
      return this.#settle()
    }
    this.#report(this.#failure ?? NEVER_SETTLED, true)
  }

  onAnswered(isSettled: boolean): void {
    if (isSettled) this.#close()
  }

  #onWorkDone(): void {
    // Work that ends may have registered more in a later microtask: look again when they have run.
    if (--this.#pending === 0) defer(() => this.#settleIfIdle())
  }

  #settleIfIdle(): void {
    if (!this.isOpen || this.hasPendingWork) return
    if (this.#failure !== undefined) this.#report(this.#failure, true)
    else if (this.answer.isEnded) this.#settle()
  }

  #report(failure: Failure, isSettled: boolean): void {
    writeFailed(this.#link.writer, this.id, failure, isSettled)
    this.answer.abort()
    if (isSettled) this.#close()
  }

  #settle(): void {
    this.#link.writer.write(FrameType.settled, this.id)
    this.#close()
  }

  #close(): void {
    this.isOpen = false
    this.#onSettled(this)
  }
}

export interface InvocationOptions {
  id: number
  call: Invoke
  /** Header lines that every request of the deploy has. */
  constantHeaders: string
  isBackground: boolean
  abortOnDisconnect: boolean
  link: Link
  onSettled(invocation: Invocation): void
}

const NEVER_SETTLED: Failure = {
  errorType: 'Runtime.NodeJsExit',
  errorMessage:
    'The function can never respond: its promise has not settled, and nothing is left to wait for.',
  trace: [],
  phase: 'handler',
}
