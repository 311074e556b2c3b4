import process from 'node:process'
import type { Failure } from '../protocol/index.ts'
import type { Dispatcher } from './dispatcher.ts'
import { isOurFrame, toFailure } from './failure.ts'
import type { CapturedOutput } from './globals/console.ts'
import type { Link } from './link.ts'
import { logError } from './log-error.ts'
import { defer, exit } from './own-globals.ts'
import { readRequestId } from './request-headers.ts'

/** As AWS's runtime exits, so that logs mean the same (runtime.md §1.4). */
const EXIT_UNHANDLED_REJECTION = 128
const EXIT_UNCAUGHT_EXCEPTION = 129

export interface LastWordsOptions {
  link: Link
  output: CapturedOutput
  /** Undefined before the assignment. */
  dispatcher(): Dispatcher | undefined
}

/**
 * Last-resort handlers, installed before user code is loaded: however the process ends, every open invocation is
 * reported while there is still time, and what was logged is written (runtime.md §1.4).
 */
export function installLastWords(options: LastWordsOptions): void {
  process.on('uncaughtException', (error) => {
    die(options, 'uncaughtException', toFailure(error, 'process'), EXIT_UNCAUGHT_EXCEPTION)
  })
  process.on('unhandledRejection', (reason) => {
    die(options, 'unhandledRejection', toRejectionFailure(reason), EXIT_UNHANDLED_REJECTION)
  })
  process.on('beforeExit', () => options.dispatcher()?.onLoopEmpty())
  process.on('exit', (code) => report(options, (requestId) => toExitFailure(requestId, code)))
}

/**
 * The process does not survive, as on Netlify, even when user code has handlers of its own; those run first. The
 * report goes out before them: they may take the process down in their own way.
 */
function die(options: LastWordsOptions, event: string, failure: Failure, code: number): void {
  // Where nobody waits for an answer any more, the log is the only place that hears of it.
  const isReported = [...(options.dispatcher()?.open ?? [])].some(({ answer }) => !answer.isEnded)
  if (!isReported) logError(failure.trace.join('\n') || failure.errorMessage)
  report(options, () => failure)
  if (process.listenerCount(event) > 1) defer(() => exit(code))
  else exit(code)
}

function report(
  { link, output, dispatcher }: LastWordsOptions,
  describe: (requestId: string) => Failure,
): void {
  output.flush()
  const calls = dispatcher()
  if (calls !== undefined) {
    calls.returnLine()
    for (const invocation of calls.open) invocation.failByDeath(describe(readRequestId(invocation.headers)))
  }
  link.flushBeforeDeath()
}

function toRejectionFailure(reason: unknown): Failure {
  const { errorType, errorMessage, trace } = toFailure(reason, 'process')
  return {
    errorType: 'Runtime.UnhandledPromiseRejection',
    errorMessage: trace.length > 0 ? `${errorType}: ${errorMessage}` : errorMessage,
    trace,
    phase: 'process',
  }
}

/** The stack tells who called `process.exit`. */
function toExitFailure(requestId: string, code: number): Failure {
  const text =
    code === 0
      ? 'Runtime exited without providing a reason'
      : `Runtime exited with error: exit status ${code}`
  return {
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${requestId} Error: ${text}`,
    trace: (new Error(text).stack ?? '')
      .split('\n')
      .filter((line) => !isOurFrame(line) && !line.includes('node:')),
    phase: 'process',
  }
}
