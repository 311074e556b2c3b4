import { join, relative } from 'node:path'
import type { Limits } from '../../base/settings/index.ts'
import {
  type Assignment,
  CallTable,
  countFailureLines,
  type Failure,
  FrameReader,
  FrameType,
  FrameWriter,
  type LogLevel,
  PROTOCOL_VERSION,
  ProtocolError,
  readReady,
  writeAssign,
} from '../protocol/index.ts'
import { describeEnd, describeExit } from './exit.ts'
import type { LaunchedProcess } from './launched-process.ts'
import { OpenCall } from './open-call.ts'
import { OutputReader } from './output.ts'
import type {
  Call,
  CallObserver,
  CallOwner,
  ExitReason,
  InstanceExit,
  InstanceState,
  UserLogLine,
} from './types.ts'

/** Who owns an instance hears this; a blank has no owner yet. */
export interface InstanceOwner {
  onReady(instance: Instance): void
  /** A call is over: there is room for another one. */
  onFree(instance: Instance): void
  onExit(instance: Instance, exit: InstanceExit): void
}

export interface InstanceOptions {
  id: string
  process: LaunchedProcess
  limits: Pick<Limits, 'instanceStartMs' | 'killGraceMs' | 'logLineBytes' | 'logBytesPerSecond'>
  onLog(line: UserLogLine): void
}

/** What the process may still say after it has ended: frames and lines that lie in the sockets' buffers. */
const LAST_FRAMES_MS = 50
const LAST_LINES_MS = 500
/** Between the end of the connection and that of the process. */
const FAREWELL_MS = 500
/** Lines can arrive after the frame that settled their call: the ids of so many past calls are remembered. */
const PAST_CALLS = 32
const STDERR_TAIL_BYTES = 4096
/** A write of no more than this is read as a whole or not at all: Linux queues up to 48 KB as one, the runtime reads 64. */
const WHOLE_WRITE_BYTES = 32 * 1024
/** Of one turn in the average of recent turns. */
const FASTER_WEIGHT = 0.5
const SLOWER_WEIGHT = 0.05

/** One child process that runs one function. See types.ts for its states. */
export class Instance {
  readonly id: string
  /** Set by the owner; informed of everything that happens from then on. */
  owner: InstanceOwner | undefined
  /** When it last became free, on the monotonic clock, in ms. */
  idleSinceMs = 0
  readonly #process: LaunchedProcess
  readonly #options: InstanceOptions
  readonly #writer: FrameWriter
  readonly #open = new CallTable<OpenCall>()
  readonly #past: { id: number; requestId: string }[] = []
  readonly #outputs: OutputReader[]
  #state: InstanceState = 'starting'
  #isReachable = true
  #nextId = 1
  #functionName: string | undefined
  #deployId: string | undefined
  #reason: ExitReason | undefined
  #exit: InstanceExit | undefined
  #timer: NodeJS.Timeout | undefined
  /** From the first sign of its end on; nothing but the end itself stops it. */
  #farewell: NodeJS.Timeout | undefined
  #stderrTail = ''
  #isHalfExplained = false
  /** Number of the first call that has not been written; of the first that never will be. */
  #unwrittenFrom = 1
  #lostFrom = Number.POSITIVE_INFINITY
  /** Of the first call that is unread if the last write is; see `#isUnread`. */
  #lastWriteFrom = Number.POSITIVE_INFINITY
  /** When the call at work became the one at work. */
  #turnStartMs = 0
  #recentMs = Number.POSITIVE_INFINITY

  constructor(options: InstanceOptions) {
    this.id = options.id
    this.#options = options
    this.#process = options.process
    const { control, stdout, stderr } = options.process
    this.#writer = new FrameWriter((buffers) => {
      const from = this.#unwrittenFrom
      this.#unwrittenFrom = this.#nextId
      if (control.destroyed || !control.writable) {
        this.#lostFrom = Math.min(this.#lostFrom, from)
        return
      }
      const wasIdle = this.#open.size === this.#nextId - from
      const isWhole =
        this.#open.size === 1 || (buffers.length === 1 && buffers[0]!.length <= WHOLE_WRITE_BYTES)
      this.#lastWriteFrom = wasIdle && isWhole ? from : Number.POSITIVE_INFINITY
      if (buffers.length === 1) control.write(buffers[0])
      else {
        control.cork()
        for (const buffer of buffers) control.write(buffer)
        control.uncork()
      }
    })
    const reader = new FrameReader('instance', (type, id, payload) => this.#onFrame(type, id, payload))
    control.on('data', (chunk: Buffer) => this.#read(reader, chunk))
    control.on('error', ignore)
    control.on('end', () => this.#onControlEnd())
    control.on('close', () => this.#onControlEnd())
    this.#outputs = [this.#readOutput(stdout, 'info'), this.#readOutput(stderr, 'error')]
    stderr.on('data', (chunk: Buffer) => {
      const tail = chunk.subarray(-STDERR_TAIL_BYTES).toString('latin1')
      this.#stderrTail = (this.#stderrTail + tail).slice(-STDERR_TAIL_BYTES)
    })
    options.process.onExit((code, signal, error) => this.#onProcessExit(code, signal, error))
    this.#timer = setTimeout(() => this.kill('start'), options.limits.instanceStartMs)
  }

  get state(): InstanceState {
    return this.#state
  }

  /** Whether a call could still get there: its end of the connection closes a little before the process has ended. */
  get isReachable(): boolean {
    return this.#isReachable
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** Calls that are not settled. */
  get openCalls(): number {
    return this.#open.size
  }

  /**
   * Tells a ready instance which function it is. Once. The function's folder becomes visible to it, and only that.
   * @param folder holds the assignment's root and entry paths, which are the host's and are made the instance's here.
   * @param deployId for the log.
   * @returns when calls may follow. Rejects when the folder cannot be made visible.
   */
  async assign(assignment: Assignment, folder: string, deployId?: string): Promise<void> {
    this.#functionName = assignment.functionName
    this.#deployId = deployId
    const seenFolder = await this.#process.admit(folder)
    const toSeen = (path: string): string => join(seenFolder, relative(folder, path))
    const [rootPath, entryPath] = [toSeen(assignment.rootPath), toSeen(assignment.entryPath)]
    const env = { ...assignment.env, LAMBDA_TASK_ROOT: seenFolder }
    writeAssign(this.#writer, { ...assignment, rootPath, entryPath, env })
  }

  /**
   * Hands a call to an instance that is ready or busy and has been assigned.
   * @param owner who takes the call back when it was not started; without one it is answered as failed.
   * @param startBeforeMs for a call that is handed ahead, since another one is open still: when it must have started.
   */
  invoke(call: Call, observer: CallObserver, owner?: CallOwner, startBeforeMs = 0): OpenCall {
    const id = this.#nextId++
    const open = new OpenCall(id, call, this.#writer, observer, this.#admitToLog, owner, startBeforeMs)
    if (this.#open.size === 0) this.#turnStartMs = performance.now()
    this.#open.set(id, open)
    this.#state = 'busy'
    open.send()
    return open
  }

  /**
   * How much of the processor it gets beside others: 0 as usual, up to 19 less and less.
   * @returns whether the kernel has taken it.
   */
  setNice(nice: number): boolean {
    return this.#process.setNice(nice)
  }

  /** How long its recent calls took, in ms: a moving average, nearer to the short ones. */
  get recentMs(): number {
    return this.#recentMs
  }

  get hasFinishedCalls(): boolean {
    return Number.isFinite(this.#recentMs)
  }

  /** How long it has been at the call it works on, in ms. */
  get turnMs(): number {
    return this.#open.size === 0 ? 0 : performance.now() - this.#turnStartMs
  }

  /** Takes back what was handed ahead and is late by `marginMs`. @returns whether there was any. */
  takeBackLate(nowMs: number, marginMs: number): boolean {
    let isAnyLate = false
    for (const open of this.#open.values()) {
      if (!open.isAhead || nowMs <= open.startBeforeMs + marginMs) continue
      isAnyLate = true
      open.takeBack()
    }
    return isAnyLate
  }

  /** Ends calls that are past their deadline. One that is alone costs the instance; others may finish first. */
  expire(nowMs: number): void {
    let isExpired = false
    for (const open of this.#open.values()) {
      if (nowMs < open.call.deadlineMs) continue
      isExpired = true
      if (!open.isAnswered) open.giveUp(describeEnd('timeout', open.call))
    }
    if (!isExpired) return
    if (this.#open.values().every((open) => nowMs >= open.call.deadlineMs)) this.kill('timeout')
    else if (this.#state === 'busy') this.#state = 'draining'
  }

  /** Takes nothing new and ends when the last call is settled; each call keeps its own deadline. Idempotent. */
  drain(reason: ExitReason): void {
    if (this.#state === 'stopped' || this.#exit !== undefined) return
    this.#reason ??= reason
    if (this.#state === 'starting') return this.kill(reason)
    const isFirst = this.#state !== 'draining'
    this.#state = 'draining'
    if (this.#open.size === 0 && (isFirst || this.#timer === undefined)) this.#askToEnd()
  }

  /**
   * Ends the process group at once. Open calls fail with what `reason` means for them. Idempotent.
   * @param why for the function's log, where the reason alone does not say it.
   */
  kill(reason: ExitReason, why?: string): void {
    if (this.#reason === undefined && why !== undefined)
      this.#onLogEntry(0, 'error', `The instance was ended: ${why}.`)
    this.#reason ??= reason
    this.#process.kill('SIGKILL')
  }

  #askToEnd(): void {
    if (this.#exit !== undefined) return // it has
    this.#writer.write(FrameType.drain, 0)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.kill(this.#reason ?? 'closing'), this.#options.limits.killGraceMs)
  }

  #read(reader: FrameReader, chunk: Buffer): void {
    try {
      reader.push(chunk)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#onLogEntry(0, 'error', `The instance was ended: it sent ${error.message}.`)
      this.#process.control.removeAllListeners('data')
      this.#process.control.resume()
      this.kill('protocol')
    }
  }

  #onFrame(type: number, id: number, payload: Buffer): void {
    if (id === 0) return this.#onOwnFrame(type, payload)
    const open = this.#open.get(id)
    if (open === undefined) throw new ProtocolError(`frame type ${type} for call ${id}, which is not open`)
    if (open.onFrame(type, payload)) this.#close(open)
  }

  #onOwnFrame(type: number, payload: Buffer): void {
    if (type !== FrameType.ready || this.#state !== 'starting')
      throw new ProtocolError(`frame type ${type} while ${this.#state}`)
    const { protocolVersion } = readReady(payload)
    if (protocolVersion !== PROTOCOL_VERSION) throw new ProtocolError(`protocol version ${protocolVersion}`)
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#state = 'ready'
    this.owner?.onReady(this)
  }

  #close(open: OpenCall): void {
    this.#open.delete(open.id)
    this.#measureTurn()
    this.#past.push({ id: open.id, requestId: open.call.requestId })
    if (this.#past.length > PAST_CALLS) this.#past.shift()
    if (this.#open.size === 0) {
      if (this.#state === 'draining') return this.#askToEnd()
      this.#state = 'ready'
    }
    if (this.#state !== 'draining') this.owner?.onFree(this)
  }

  /** An instance with one call at a time works them off in turn: a turn ends where the next one begins. */
  #measureTurn(): void {
    const now = performance.now()
    const tookMs = now - this.#turnStartMs
    this.#turnStartMs = now
    // Down fast, up slowly: a turn is long also when the machine is busy with something else, and what counts is how long
    // the function works.
    const weight = tookMs < this.#recentMs ? FASTER_WEIGHT : SLOWER_WEIGHT
    this.#recentMs = Number.isFinite(this.#recentMs)
      ? this.#recentMs + (tookMs - this.#recentMs) * weight
      : tookMs
  }

  /** It is about to end, or user code has closed the connection and nothing can be said to it any more. */
  #onControlEnd(): void {
    this.#isReachable = false
    if (this.#exit !== undefined && this.#isHalfExplained) return // its last words are on the way
    if (this.#exit !== undefined) return this.#finish()
    this.#farewell ??= setTimeout(() => this.kill('protocol'), FAREWELL_MS)
  }

  #onProcessExit(code: number | null, signal: NodeJS.Signals | null, error: Error | undefined): void {
    this.#isReachable = false
    clearTimeout(this.#farewell)
    clearTimeout(this.#timer)
    if (error !== undefined)
      this.#onLogEntry(0, 'error', `The instance could not be started: ${error.message}`)
    const reason = this.#reason ?? this.#explain(signal)
    this.#exit = { reason, code, signal }
    const isHeldUp = this.#outputs.some((output) => output.isHeldUp)
    for (const output of this.#outputs) output.readLast()
    // What a flooding process said last, that it ran out of memory for one, has not been read.
    this.#isHalfExplained = isHeldUp && this.#reason === undefined
    if (error !== undefined || (this.#process.control.destroyed && !this.#isHalfExplained))
      return this.#finish()
    // Not the end of the pipe: a grandchild can hold it open (docs/architecture.md#the-life-of-an-instance).
    this.#farewell = setTimeout(() => this.#finish(), LAST_FRAMES_MS)
  }

  #explain(signal: NodeJS.Signals | null): ExitReason {
    if (this.#process.ranOutOfMemory() || this.#stderrTail.includes('heap out of memory')) return 'memory'
    if (this.#state === 'starting') return 'start'
    return signal === null ? 'exited' : 'signal'
  }

  /** The process is gone and has said its last: settles what is open, once. */
  #finish(): void {
    if (this.#state === 'stopped') return
    let exit = this.#exit!
    if (this.#isHalfExplained) exit = { ...exit, reason: this.#explain(exit.signal) }
    this.#state = 'stopped'
    clearTimeout(this.#farewell)
    clearTimeout(this.#timer)
    this.#process.control.destroy()
    this.#process.release()
    for (const open of this.#open.values()) {
      if (this.#isUnread(open) && open.giveBack()) continue
      const error = describeExit(exit, open.call)
      // Its client has been answered: only the log can tell that the rest of it is lost.
      if (open.hasWorkLeft)
        this.#onLogEntry(open.id, 'error', `Work after the answer was cut off. ${error.failure.errorMessage}`)
      open.abandon(error)
    }
    this.owner?.onExit(this, exit)
    const lastLines = setTimeout(() => this.#closeOutputs(), LAST_LINES_MS)
    let streams = 2
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      const onClose = (): void => {
        if (--streams > 0) return
        clearTimeout(lastLines)
        this.#closeOutputs()
      }
      if (stream.destroyed) onClose()
      else stream.once('close', onClose)
    }
  }

  /**
   * Whether the process has ended without reading `open`: it may be run elsewhere, since no user code has seen it. Known
   * from the system, not from the process (ADR 0005):
   *
   * - it was never written, because the connection had ended;
   * - or the connection broke instead of ending (ECONNRESET: its end was closed with bytes unread; EPIPE: it was closed
   *   when we wrote). What is unread is the last that was written. That was this call, given to an idle process, in a
   *   write that is read as a whole or not at all.
   *
   * One that ends by what the call does has read it: its connection ends in order, and it is not called again.
   */
  #isUnread({ id }: OpenCall): boolean {
    if (id >= this.#lostFrom || id >= this.#unwrittenFrom) return true
    const { code } = (this.#process.control.errored ?? {}) as NodeJS.ErrnoException
    return (code === 'ECONNRESET' || code === 'EPIPE') && id >= this.#lastWriteFrom
  }

  #closeOutputs(): void {
    for (const output of this.#outputs) output.close()
    this.#open.clear()
  }

  #readOutput(stream: LaunchedProcess['stdout'], rawLevel: LogLevel): OutputReader {
    return new OutputReader(stream, {
      rawLevel,
      maxLineBytes: this.#options.limits.logLineBytes,
      maxBytesPerSecond: this.#options.limits.logBytesPerSecond,
      onEntry: (id, level, text) => this.#onLogEntry(id, level, text),
      onDropped: (lines) =>
        this.#onLogEntry(
          0,
          'warn',
          `${lines} log lines were dropped: the function logs faster than its limit.`,
        ),
    })
  }

  /** A failure is logged by who called, and counts as if the function had written it to stderr. */
  readonly #admitToLog = (failure: Failure): boolean => {
    const { errorType, errorMessage, trace } = failure
    const bytes = trace.reduce((sum, line) => sum + line.length, errorType.length + errorMessage.length)
    return this.#outputs[1]!.admit(countFailureLines(failure), bytes)
  }

  /** User code can write any number: only those of its own calls count. */
  #onLogEntry(id: number | undefined, level: LogLevel, text: string): void {
    let requestId: string | undefined
    if (id === undefined) {
      if (this.#open.size === 1) for (const open of this.#open.values()) requestId = open.call.requestId
    } else if (id !== 0) {
      requestId = this.#open.get(id)?.call.requestId ?? this.#past.find((past) => past.id === id)?.requestId
    }
    this.#options.onLog({
      instanceId: this.id,
      functionName: this.#functionName,
      deployId: this.#deployId,
      requestId,
      level,
      text,
    })
  }
}

/** A socket that breaks has ended; the process's exit event says the rest. */
function ignore(): void {
  return
}
