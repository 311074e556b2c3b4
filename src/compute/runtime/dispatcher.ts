import { Buffer } from 'node:buffer'
import {
  CallTable,
  FrameType,
  type Invoke,
  isHandedAhead,
  readCredit,
  readInvoke,
  writeCredit,
} from '../protocol/index.ts'
import { monotonicNow } from './clock.ts'
import { Invocation } from './invocation.ts'
import type { Link } from './link.ts'
import { startTimer } from './own-globals.ts'

/** What the assignment says about every invocation, and how one is run. */
export interface DispatcherOptions {
  constantHeaders: string
  isBackground: boolean
  abortOnDisconnect: boolean
  /** Invocations that the host may have open at once. */
  concurrency: number
  run(invocation: Invocation): void
  /** An invocation is over. */
  onSettled(invocation: Invocation): void
}

/** A call that has arrived and not been started: its body is incomplete, or others are before it. */
interface Arrival {
  readonly id: number
  readonly call: Invoke
  /** Later pieces of the body. */
  readonly chunks: Uint8Array[]
  isWhole: boolean
  /** Its client went away before it was started. */
  isCancelled: boolean
}

/**
 * So long may answers, and the word `started` of calls handed ahead, wait for company before they are written: a
 * write costs more than a short call. What is lost by it when the process dies or hangs meanwhile the host gives to
 * another instance, since it never heard of a start (ADR 0005).
 */
const GATHER_MS = 0.2

/**
 * Starts invocations and knows which are open. How many run at once is the host's to decide: what it sends without
 * `startBefore` starts as soon as it is whole. What it hands ahead waits until nothing is open; it is answered
 * `started`, or `returned` (recalled, or its moment has passed), in which case user code never saw it (ADR 0005).
 *
 * While calls are open, user code alone keeps the process alive. When it has nothing left to wait for, only another
 * call can make an open one go on: an instance with room waits for that, in a full one no call can ever be answered.
 */
export class Dispatcher {
  readonly #link: Link
  readonly #options: DispatcherOptions
  readonly #open = new CallTable<Invocation>()
  readonly #arrivals = new CallTable<Arrival>()
  /** The arrivals that were handed ahead, in order. */
  #line: Arrival[] = []
  /** Gives back what is late; armed for the first of the line. */
  #lateTimer: NodeJS.Timeout | undefined
  /** When frames were last written before a call was started, on the machine's clock. */
  #flushedMs = 0
  /** The link is held until the next frame, since nothing else is left to wait for. */
  #isParked = false

  constructor(link: Link, options: DispatcherOptions) {
    this.#link = link
    this.#options = options
  }

  get open(): Iterable<Invocation> {
    return this.#open.values()
  }

  get openCount(): number {
    return this.#open.size
  }

  /** Nothing is open and nothing is on its way in. */
  get isIdle(): boolean {
    return this.#open.size === 0 && this.#arrivals.size === 0
  }

  /** The number of the only open invocation, or 0. */
  get onlyId(): number {
    if (this.#open.size !== 1) return 0
    return this.#open.values()[0]!.id
  }

  /** Takes a frame about an invocation. */
  onFrame(type: number, id: number, payload: Buffer): void {
    if (this.#isParked) {
      this.#isParked = false
      this.#link.release()
    }
    switch (type) {
      case FrameType.invoke:
        return this.#onInvoke(id, readInvoke(payload))
      case FrameType.chunk:
        return this.#onChunk(id, payload)
      case FrameType.end:
        return this.#onBodyEnd(id)
      case FrameType.credit:
        return this.#open.get(id)?.answer.grant(readCredit(payload))
      case FrameType.cancel:
        return this.#onCancel(id)
      case FrameType.recall:
        return this.#onRecall(id)
    }
  }

  /** Gives back everything that was handed ahead and has not been started. */
  returnLine(): void {
    for (const arrival of [...this.#line]) this.#giveBack(arrival)
  }

  /** The event loop is empty: what user code waits for can only come from the host. */
  onLoopEmpty(): void {
    const isFull = this.#open.size >= this.#options.concurrency
    for (const invocation of this.#open.values())
      if (isFull || invocation.waitsForEmptyLoop) invocation.onLoopEmpty()
    if (isFull || this.#open.size === 0 || this.#isParked) return
    this.#isParked = true
    this.#link.hold()
  }

  #onInvoke(id: number, call: Invoke): void {
    if (!isHandedAhead(call) && call.isBodyWhole) return this.#start(id, call)
    const arrival: Arrival = {
      id,
      call,
      chunks: [],
      isWhole: call.isBodyWhole,
      isCancelled: false,
    }
    this.#arrivals.set(id, arrival)
    if (!arrival.isWhole) {
      this.#link.hold()
      // What came along has used up the credit: nothing more would come without this.
      writeCredit(this.#link.writer, id, call.body?.length ?? 0)
    }
    if (!isHandedAhead(call)) return
    this.#line.push(arrival)
    this.#startNext()
    if (this.#line.length > 0) this.#lateTimer ??= this.#armLateTimer()
  }

  /** One timer for the whole line: its calls come in the order of their moments, a few microseconds apart. */
  #armLateTimer(): NodeJS.Timeout {
    const timer = startTimer(this.#onLate, Math.max(1, this.#line[0]!.call.startBeforeMs! - monotonicNow()))
    timer.unref()
    return timer
  }

  readonly #onLate = (): void => {
    this.#lateTimer = undefined
    const nowMs = monotonicNow()
    for (const arrival of this.#line.filter(({ call }) => nowMs > call.startBeforeMs!))
      this.#giveBack(arrival)
    this.#startNext()
    if (this.#line.length > 0) this.#lateTimer ??= this.#armLateTimer()
  }

  /** Bodies are collected before user code runs (runtime.md §2.1); the gateway bounds them (D11). */
  #onChunk(id: number, payload: Buffer): void {
    const arrival = this.#arrivals.get(id)
    if (arrival === undefined) return
    arrival.chunks.push(Uint8Array.from(payload))
    writeCredit(this.#link.writer, id, payload.length)
  }

  #onBodyEnd(id: number): void {
    const arrival = this.#arrivals.get(id)
    if (arrival === undefined || arrival.isWhole) return
    arrival.isWhole = true
    this.#link.release()
    if (isHandedAhead(arrival.call)) return this.#startNext()
    this.#arrivals.delete(id)
    this.#start(id, withBody(arrival), arrival.isCancelled)
  }

  #onCancel(id: number): void {
    const arrival = this.#arrivals.get(id)
    if (arrival === undefined) this.#open.get(id)?.cancel()
    else if (isHandedAhead(arrival.call)) this.#return(arrival)
    else arrival.isCancelled = true
  }

  #onRecall(id: number): void {
    if (id === 0) return this.returnLine()
    const arrival = this.#line.find((each) => each.id === id)
    if (arrival !== undefined) this.#return(arrival)
  }

  #return(arrival: Arrival): void {
    this.#giveBack(arrival)
    this.#startNext()
  }

  #giveBack(arrival: Arrival): void {
    this.#remove(arrival)
    this.#link.writer.write(FrameType.returned, arrival.id)
  }

  #remove(arrival: Arrival): void {
    this.#arrivals.delete(arrival.id)
    const at = this.#line.indexOf(arrival)
    if (at === 0) this.#line.shift()
    else if (at > 0) this.#line.splice(at, 1)
    if (!arrival.isWhole) this.#link.release()
  }

  /** The first in the line that is whole, when nothing is open. */
  #startNext(): void {
    if (this.#open.size > 0) return
    const next = this.#line.find((arrival) => arrival.isWhole)
    if (next === undefined) return
    const nowMs = monotonicNow()
    if (nowMs > next.call.startBeforeMs!) return this.#return(next)
    this.#remove(next)
    this.#link.writer.write(FrameType.started, next.id)
    if (nowMs - this.#flushedMs > GATHER_MS) this.#flush(nowMs)
    this.#start(next.id, withBody(next))
  }

  #flush(nowMs: number): void {
    this.#flushedMs = nowMs
    this.#link.writer.flush()
  }

  #start(id: number, call: Invoke, isCancelled = false): void {
    const { constantHeaders, isBackground, abortOnDisconnect, run } = this.#options
    const invocation = new Invocation({
      id,
      call,
      constantHeaders,
      isBackground,
      abortOnDisconnect,
      link: this.#link,
      onSettled: this.#onSettled,
    })
    this.#open.set(id, invocation)
    if (this.#open.size === 1) this.#link.release()
    if (isCancelled) invocation.cancel()
    run(invocation)
  }

  readonly #onSettled = (invocation: Invocation): void => {
    this.#open.delete(invocation.id)
    if (this.#open.size === 0) this.#link.hold()
    this.#options.onSettled(invocation)
    if (this.#line.length === 0) return
    // An answer that the host cannot get elsewhere does not wait behind the next call.
    if (!isHandedAhead(invocation.call)) this.#flush(monotonicNow())
    this.#startNext()
  }
}

function withBody({ call, chunks }: Arrival): Invoke {
  if (chunks.length === 0) return call
  return { ...call, body: Buffer.concat(call.body === undefined ? chunks : [call.body, ...chunks]) }
}
