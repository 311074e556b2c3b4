import { join, relative } from 'node:path'
import { type Clock, monotonicNow } from '../../base/lib/index.ts'
import type { Limits } from '../../base/settings/index.ts'
import type { LaunchedProcess } from '../process/index.ts'
import {
  type Assignment,
  CallTable,
  FrameReader,
  FrameType,
  FrameWriter,
  PROTOCOL_VERSION,
  ProtocolError,
  readReady,
  writeAssign,
} from '../protocol/index.ts'
import type { Call, CallObserver, CallOwner } from './call.ts'
import { CallLedger } from './call-ledger.ts'
import { describeEnd, describeExit } from './exit.ts'
import { ExitCause } from './exit-cause.ts'
import type { ExitReason, InstanceExit } from './exit-reason.ts'
import type { UserLogLine } from './instance-log.ts'
import { InstanceLog } from './instance-log.ts'
import type { InstanceState } from './instance-state.ts'
import { OpenCall } from './open-call.ts'
import { TurnMeter } from './turn-meter.ts'

/** What the owner of an instance hears; a blank has no owner yet. */
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
  /** For how long calls take; absent: the machine's monotonic clock. */
  clock?: Clock
}

/** After its end, how long frames are waited for that lie in the socket's buffer. */
const LAST_FRAMES_MS = 50
/** Between the end of the connection and that of the process. */
const HANG_UP_MS = 500

/**
 * One child process that runs one function:
 *
 *   starting ── ready frame ──> ready ── call ──> busy ── last call settled ──> ready
 *   ready | busy ── drain ──> draining
 *   busy ── deadline passed beside other calls ──> draining
 *   starting | ready | busy | draining ── process exit ──> ended ── last words read ──> stopped
 *
 * What is true in each state stands at `InstanceState` in instance-state.ts. What it says is checked by each OpenCall;
 * which calls it has read is in the CallLedger, why it ended in the ExitCause.
 *
 * Tested in instance.test.ts (the states), test/contract/instance.test.ts (processes that keep or break the protocol),
 * test/e2e/idle-death.test.ts (deaths before a call is read), and test/heavy/pool-property.test.ts (any order of events).
 */
export class Instance {
  readonly id: string
  /** When it last became free, on the monotonic clock, in ms. */
  idleSinceMs = 0
  readonly #process: LaunchedProcess
  readonly #limits: InstanceOptions['limits']
  readonly #writer: FrameWriter
  readonly #open = new CallTable<OpenCall>()
  readonly #ledger = new CallLedger()
  readonly #turns: TurnMeter
  readonly #log: InstanceLog
  readonly #cause: ExitCause
  #owner: InstanceOwner | undefined
  #state: InstanceState = 'starting'
  #isReachable = true
  /** Ends it when it is not ready in time. */
  #startLimit: NodeJS.Timeout | undefined
  /** Ends it when it does not end though asked to. */
  #killGrace: NodeJS.Timeout | undefined
  /** Ends it when it lives on behind the end of its connection. Only its exit stops this one. */
  #hangUp: NodeJS.Timeout | undefined
  /** Runs while it is `ended`: then nothing more is read. */
  #lastWords: NodeJS.Timeout | undefined

  constructor(options: InstanceOptions) {
    const { id, process, limits, onLog, clock = monotonicNow } = options
    const { control, stdout, stderr } = process
    this.id = id
    this.#process = process
    this.#limits = limits
    this.#turns = new TurnMeter(clock)
    this.#writer = new FrameWriter((buffers) => this.#write(buffers))
    const reader = new FrameReader('instance', (type, id, payload) => this.#onFrame(type, id, payload))
    control.on('data', (chunk: Buffer) => this.#read(reader, chunk))
    control.on('error', ignore)
    control.on('end', () => this.#onControlEnd())
    control.on('close', () => this.#onControlEnd())
    this.#log = new InstanceLog({ instanceId: id, stdout, stderr, limits, open: this.#open, onLog })
    this.#cause = new ExitCause(process)
    process.onExit((code, signal, error) => this.#onProcessExit(code, signal, error))
    this.#startLimit = setTimeout(() => this.kill('start'), limits.instanceStartMs)
  }

  /** From now on `owner` is informed of everything that happens, instead of who was before. */
  handTo(owner: InstanceOwner): void {
    this.#owner = owner
  }

  get state(): InstanceState {
    return this.#state
  }

  /** Whether a call could still get there: its end of the connection closes a little before the process has ended. */
  get isReachable(): boolean {
    return this.#isReachable
  }

  /** Whether its place is about to be free: it takes nothing new and has nothing left to do. */
  get isLeaving(): boolean {
    return this.#open.size === 0 && (this.#state === 'draining' || this.#state === 'ended')
  }

  /** Whether the process has ended. */
  get isGone(): boolean {
    return this.#state === 'ended' || this.#state === 'stopped'
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** Calls that are not settled. */
  get openCalls(): number {
    return this.#open.size
  }

  /** How long its recent calls took, in ms: a moving average, nearer to the short ones. */
  get recentMs(): number {
    return this.#turns.recentMs
  }

  get hasFinishedCalls(): boolean {
    return this.#turns.hasEnded
  }

  /** How long it has been at the call it works on, in ms. */
  get turnMs(): number {
    return this.#open.size === 0 ? 0 : this.#turns.turnMs
  }

  /**
   * Tells a ready instance which function it is. Once. The function's folder becomes visible to it, and only that.
   * @param folder holds the assignment's root and entry paths, which are the host's and are made the instance's here.
   * @param deployId for the log.
   * @returns when calls may follow. Rejects when the folder cannot be made visible.
   */
  async assign(assignment: Assignment, folder: string, deployId?: string): Promise<void> {
    this.#log.onAssigned(assignment.functionName, deployId)
    const seenFolder = await this.#process.admit(folder)
    const toSeen = (path: string): string => join(seenFolder, relative(folder, path))
    const [rootPath, entryPath] = [toSeen(assignment.rootPath), toSeen(assignment.entryPath)]
    const env = { ...assignment.env, LAMBDA_TASK_ROOT: seenFolder }
    writeAssign(this.#writer, { ...assignment, rootPath, entryPath, env })
  }

  /**
   * Hands a call to an instance that is ready or busy and has been assigned. It is started at once.
   * @param owner who may take the call back when it was not read; without one it is answered as failed.
   */
  invoke(call: Call, observer: CallObserver, owner?: CallOwner): OpenCall {
    return this.#send(call, observer, owner, undefined)
  }

  /**
   * Hands a call to an instance that is still at another one. It is started when no other is open (ADR 0005).
   * @param owner gets the call back when it is not started.
   * @param startBeforeMs when it must have started.
   */
  handAhead(call: Call, observer: CallObserver, owner: CallOwner, startBeforeMs: number): OpenCall {
    return this.#send(call, observer, owner, startBeforeMs)
  }

  /**
   * How much of the processor it gets beside others: 0 as usual, up to 19 less and less.
   * @returns whether the kernel has taken it.
   */
  setNice(nice: number): boolean {
    return this.#process.setNice(nice)
  }

  /** Takes back what was handed ahead and is late by `marginMs`. @returns whether there was any. */
  takeBackLate(nowMs: number, marginMs: number): boolean {
    let isAnyLate = false
    for (const open of this.#open.values()) {
      if (!open.isAhead || nowMs <= open.startBeforeMs! + marginMs) continue
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
    if (this.isGone) return
    this.#cause.give(reason)
    if (this.#state === 'starting') return this.kill(reason)
    if (this.#state === 'draining') return
    this.#state = 'draining'
    if (this.#open.size === 0) this.#askToEnd()
  }

  /**
   * Ends the process group at once. Open calls fail with what `reason` means for them. Idempotent.
   * @param why for the function's log, where the reason alone does not say it.
   */
  kill(reason: ExitReason, why?: string): void {
    if (this.isGone) return
    if (this.#cause.given === undefined && why !== undefined)
      this.#log.reportError(`The instance was ended: ${why}.`)
    this.#cause.give(reason)
    this.#process.kill('SIGKILL')
  }

  #send(
    call: Call,
    observer: CallObserver,
    owner: CallOwner | undefined,
    startBeforeMs: number | undefined,
  ): OpenCall {
    const id = this.#ledger.add()
    const open = new OpenCall(id, call, this.#writer, observer, this.#log.admit, owner, startBeforeMs)
    if (this.#open.size === 0) this.#turns.start()
    this.#open.set(id, open)
    if (this.#state === 'ready') this.#state = 'busy'
    open.send()
    return open
  }

  #askToEnd(): void {
    this.#writer.write(FrameType.drain, 0)
    this.#killGrace = setTimeout(() => this.kill(this.#cause.given ?? 'closing'), this.#limits.killGraceMs)
  }

  #write(buffers: Uint8Array[]): void {
    const { control } = this.#process
    if (control.destroyed || !control.writable) return this.#ledger.onLost()
    this.#ledger.onWrite(buffers, this.#open.size)
    if (buffers.length === 1) control.write(buffers[0])
    else {
      control.cork()
      for (const buffer of buffers) control.write(buffer)
      control.uncork()
    }
  }

  #read(reader: FrameReader, chunk: Buffer): void {
    try {
      reader.push(chunk)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#log.reportError(`The instance was ended: it sent ${error.message}.`)
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
    if (this.#state === 'ended') return // it was ready, and is not any more
    if (type !== FrameType.ready || this.#state !== 'starting')
      throw new ProtocolError(`frame type ${type} while ${this.#state}`)
    const { protocolVersion } = readReady(payload)
    if (protocolVersion !== PROTOCOL_VERSION) throw new ProtocolError(`protocol version ${protocolVersion}`)
    clearTimeout(this.#startLimit)
    this.#state = 'ready'
    this.#owner?.onReady(this)
  }

  #close(open: OpenCall): void {
    this.#open.delete(open.id)
    this.#turns.end()
    this.#log.onCallOver(open)
    const isIdle = this.#open.size === 0
    if (this.#state === 'draining') {
      if (isIdle) this.#askToEnd()
    } else if (this.#state !== 'ended') {
      if (isIdle) this.#state = 'ready'
      this.#owner?.onFree(this)
    }
  }

  /** It is about to end, or user code has closed the connection and nothing can be said to it any more. */
  #onControlEnd(): void {
    this.#isReachable = false
    if (!this.isGone) this.#hangUp ??= setTimeout(() => this.kill('protocol'), HANG_UP_MS)
    else if (this.#state === 'ended' && !this.#cause.isOpen) this.#finish() // it has no other last words
  }

  #onProcessExit(code: number | null, signal: NodeJS.Signals | null, error: Error | undefined): void {
    const wasStarting = this.#state === 'starting'
    this.#state = 'ended'
    this.#isReachable = false
    clearTimeout(this.#startLimit)
    clearTimeout(this.#killGrace)
    clearTimeout(this.#hangUp)
    if (error !== undefined) this.#log.reportError(`The instance could not be started: ${error.message}`)
    this.#cause.onExit(code, signal, wasStarting, this.#log.isHeldUp)
    this.#log.readLast()
    if (error !== undefined || (this.#process.control.destroyed && !this.#cause.isOpen)) return this.#finish()
    // Not the end of the pipe: a grandchild can hold it open (docs/architecture.md#the-life-of-an-instance).
    this.#lastWords = setTimeout(() => this.#finish(), LAST_FRAMES_MS)
  }

  /** The process is gone and has said its last: settles what is open, once. */
  #finish(): void {
    clearTimeout(this.#lastWords)
    const exit = this.#cause.conclude()
    this.#state = 'stopped'
    this.#process.control.destroy()
    this.#process.release()
    for (const open of this.#open.values()) {
      if (this.#ledger.isUnread(open.id, this.#process.control.errored) && open.giveBack()) continue
      const error = describeExit(exit, open.call)
      // Its client has been answered: only the log can tell that the rest of it is lost.
      if (open.hasWorkLeft)
        this.#log.reportError(`Work after the response was cut off. ${error.failure.errorMessage}`, open.id)
      open.abandon(error)
    }
    this.#owner?.onExit(this, exit)
    this.#log.closeSoon(() => this.#open.clear())
  }
}

/** A socket that breaks has ended; the process's exit event says the rest. */
function ignore(): void {
  return
}
