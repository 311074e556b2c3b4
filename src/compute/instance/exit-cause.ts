import type { LaunchedProcess } from '../process/index.ts'
import type { ExitReason, InstanceExit } from './exit-reason.ts'

const STDERR_TAIL_BYTES = 4096

/** Why an instance ended: the first reason given wins; where none was, the end of the process tells. */
export class ExitCause {
  readonly #process: LaunchedProcess
  #given: ExitReason | undefined
  #stderrTail = ''
  #exit: InstanceExit | undefined
  #wasStarting = false
  #isOpen = false

  constructor(process: LaunchedProcess) {
    this.#process = process
    process.stderr.on('data', (chunk: Buffer) => {
      const tail = chunk.subarray(-STDERR_TAIL_BYTES).toString('latin1')
      this.#stderrTail = (this.#stderrTail + tail).slice(-STDERR_TAIL_BYTES)
    })
  }

  /** The reason that was given first. */
  get given(): ExitReason | undefined {
    return this.#given
  }

  give(reason: ExitReason): void {
    this.#given ??= reason
  }

  /**
   * The process has ended.
   * @param isHeldUp what it said last, that it ran out of memory for one, has not been read because it said too much.
   */
  onExit(code: number | null, signal: NodeJS.Signals | null, wasStarting: boolean, isHeldUp: boolean): void {
    this.#wasStarting = wasStarting
    this.#isOpen = isHeldUp && this.#given === undefined
    this.#exit = { reason: this.#given ?? this.#explain(signal), code, signal }
  }

  /** Whether the last lines of the process can still tell another cause. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** After `onExit`, when all has been read that will be. */
  conclude(): InstanceExit {
    const exit = this.#exit!
    return this.#isOpen ? { ...exit, reason: this.#explain(exit.signal) } : exit
  }

  #explain(signal: NodeJS.Signals | null): ExitReason {
    if (this.#process.ranOutOfMemory() || this.#stderrTail.includes('heap out of memory')) return 'memory'
    if (this.#wasStarting) return 'start'
    return signal === null ? 'exited' : 'signal'
  }
}
