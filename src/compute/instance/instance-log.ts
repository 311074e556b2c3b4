import type { Readable } from 'node:stream'
import type { Limits } from '../../base/settings/index.ts'
import { type CallTable, countFailureLines, type Failure, type LogLevel } from '../protocol/index.ts'
import type { OpenCall } from './open-call.ts'
import { OutputReader } from './output.ts'
import { PastCalls } from './past-calls.ts'

/** A line of user code's output. */
export interface UserLogLine {
  instanceId: string
  functionName: string | undefined
  deployId: string | undefined
  requestId: string | undefined
  level: LogLevel
  text: string
}

export interface InstanceLogOptions {
  instanceId: string
  stdout: Readable
  stderr: Readable
  limits: Pick<Limits, 'logLineBytes' | 'logBytesPerSecond'>
  /** The calls that are not over. */
  open: CallTable<OpenCall>
  onLog(line: UserLogLine): void
}

/** How long lines that lie in the sockets' buffers are waited for after the process has ended. */
const LAST_LINES_MS = 500
/** What the host says about the instance belongs to no call. */
const NO_CALL = 0

/** What an instance prints, and what the host says about it: each line under the name of its call. */
export class InstanceLog {
  readonly #options: InstanceLogOptions
  readonly #stdout: OutputReader
  readonly #stderr: OutputReader
  readonly #past = new PastCalls()
  #functionName: string | undefined
  #deployId: string | undefined

  constructor(options: InstanceLogOptions) {
    this.#options = options
    this.#stdout = this.#read(options.stdout, 'info')
    this.#stderr = this.#read(options.stderr, 'error')
  }

  onAssigned(functionName: string, deployId: string | undefined): void {
    this.#functionName = functionName
    this.#deployId = deployId
  }

  onCallOver({ id, call }: OpenCall): void {
    this.#past.add(id, call.requestId)
  }

  /** Something that the host has to say, about one call or about the instance. */
  reportError(text: string, id = NO_CALL): void {
    this.#write(id, 'error', text)
  }

  /**
   * A failure is logged by who called, and counts as if the function had written it to stderr.
   * @returns whether the function may still fill the log with it.
   */
  readonly admit = (failure: Failure): boolean => {
    const { errorType, errorMessage, trace } = failure
    const bytes = trace.reduce((sum, line) => sum + line.length, errorType.length + errorMessage.length)
    return this.#stderr.admit(countFailureLines(failure), bytes)
  }

  /** Whether lines wait to be read because there were too many before. */
  get isHeldUp(): boolean {
    return this.#stdout.isHeldUp || this.#stderr.isHeldUp
  }

  /** The process has ended. */
  readLast(): void {
    this.#stdout.readLast()
    this.#stderr.readLast()
  }

  /** Closes when the outputs have been read to their end, or after a while: a grandchild can hold them open. */
  closeSoon(onClosed: () => void): void {
    const close = (): void => {
      this.#stdout.close()
      this.#stderr.close()
      onClosed()
    }
    const timer = setTimeout(close, LAST_LINES_MS)
    let streams = 2
    for (const stream of [this.#options.stdout, this.#options.stderr]) {
      const onClose = (): void => {
        if (--streams > 0) return
        clearTimeout(timer)
        close()
      }
      if (stream.destroyed) onClose()
      else stream.once('close', onClose)
    }
  }

  #read(stream: Readable, rawLevel: LogLevel): OutputReader {
    return new OutputReader(stream, {
      rawLevel,
      maxLineBytes: this.#options.limits.logLineBytes,
      maxBytesPerSecond: this.#options.limits.logBytesPerSecond,
      onEntry: (id, level, text) => this.#write(id, level, text),
      onDropped: (lines) =>
        this.#write(
          NO_CALL,
          'warn',
          `${lines} log lines were dropped: the function logs faster than its limit.`,
        ),
    })
  }

  #write(id: number | undefined, level: LogLevel, text: string): void {
    this.#options.onLog({
      instanceId: this.#options.instanceId,
      functionName: this.#functionName,
      deployId: this.#deployId,
      requestId: this.#findRequestId(id),
      level,
      text,
    })
  }

  /** User code can write any number: only those of its own calls count. A line without one is of the only open call. */
  #findRequestId(id: number | undefined): string | undefined {
    const { open } = this.#options
    if (id === NO_CALL) return undefined
    if (id !== undefined) return open.get(id)?.call.requestId ?? this.#past.findRequestId(id)
    return open.size === 1 ? open.values()[0]!.call.requestId : undefined
  }
}
