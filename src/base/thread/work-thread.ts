import { Worker } from 'node:worker_threads'
import { type Arrows, follow } from '../lib/index.ts'
import { FairQueue } from './fair-queue.ts'
import { findTransfer } from './transfer.ts'

export interface ThreadOptions {
  /** The thread's name, for people who look at the process. */
  name: string
  /** Limit of V8's heap in the thread. A heap that overflows by more than a little ends not the thread but the process. */
  heapMb: number
  /** For a thread to start, on a machine that is busy. */
  startMs: number
  /** For one order. */
  orderMs: number
  /** How long the thread waits without work before it ends. */
  idleMs: number
  /** How many orders may wait, the one at work among them. Absent: whoever gives them limits them. */
  ordersWaiting?: number
}

interface Task<Order, Reply> {
  order: Order
  resolve(reply: Reply): void
  reject(error: Error): void
}

/**
 * Work that is too long for the event loop, in a thread that is started when it is needed and ends when it is idle. Orders
 * are taken in turn from each owner, so that one who gives many holds up others by two at most; where too many wait, the last
 * order of the owner who has the most is rejected. An order that takes too long, or ends the thread, fails alone; the next is
 * done by a new thread. The thread does not keep the process alive.
 *
 *   none ───── an order ──────────────────────────> starting
 *   starting ─ ready ─────────────────────────────> working
 *   starting ─ startMs, an error ─────────────────> none
 *   working ── a reply, and no other order waits ─> idle
 *   working ── orderMs, an error ─────────────────> none
 *   idle ───── an order ──────────────────────────> working
 *   idle ───── idleMs, an error ──────────────────> none
 *
 * Tested: work-thread.test.ts.
 */
export class WorkThread<Order, Reply> {
  readonly #program: URL
  readonly #options: ThreadOptions
  readonly #queue = new FairQueue<Task<Order, Reply>>()
  #waiting = 0
  #state: ThreadState = 'none'
  #worker: Worker | undefined
  #current: Task<Order, Reply> | undefined
  #timer: NodeJS.Timeout | undefined

  /** @param program calls `serveOrders`. */
  constructor(program: URL, options: ThreadOptions) {
    this.#program = program
    this.#options = options
  }

  get state(): ThreadState {
    return this.#state
  }

  /** Orders that are not done. */
  get waiting(): number {
    return this.#waiting
  }

  /**
   * @param owner whose turn it is. @param order bytes in it are the thread's from now on.
   * @throws, that is rejects with, an Error whose message says why the order was not done.
   */
  do(owner: unknown, order: Order): Promise<Reply> {
    const { ordersWaiting = Infinity } = this.#options
    if (this.#waiting >= ordersWaiting) {
      const tooMany = new Error('too many others wait')
      const last = this.#queue.makeRoomFor(owner)
      if (last === undefined) return Promise.reject(tooMany)
      last.reject(tooMany)
    }
    this.#waiting++
    return new Promise<Reply>((resolve, reject) => {
      this.#queue.push(owner, { order, resolve, reject })
      this.#next()
    }).finally(() => this.#waiting--)
  }

  #next(): void {
    if (this.#current !== undefined) return
    clearTimeout(this.#timer)
    this.#current = this.#queue.take()
    if (this.#current === undefined) this.#rest()
    else if (this.#state === 'none') this.#start()
    else {
      if (this.#state === 'idle') this.#go('working')
      this.#send(this.#current)
    }
  }

  #rest(): void {
    if (this.#state !== 'working') return
    this.#go('idle')
    this.#timer = setTimeout(() => this.#stop(), this.#options.idleMs).unref()
  }

  #send({ order }: Task<Order, Reply>): void {
    const { orderMs } = this.#options
    this.#timer = setTimeout(() => this.#onLost(`it took more than ${orderMs / 1000} s`), orderMs)
    this.#worker!.postMessage(order, findTransfer(order))
  }

  #start(): void {
    this.#go('starting')
    const { name, heapMb, startMs } = this.#options
    this.#timer = setTimeout(() => this.#onLost('its thread did not start'), startMs)
    const worker = new Worker(this.#program, {
      name,
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    })
    this.#worker = worker
    worker.unref()
    worker.on('message', (reply: Reply | 'ready') => {
      if (this.#worker !== worker) return
      if (reply === 'ready') this.#onReady()
      else this.#onReply(reply)
    })
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#worker !== worker) return
      this.#onLost(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'it takes too much memory' : error.message)
    })
    worker.on('exit', () => {
      if (this.#worker === worker) this.#onLost('its thread ended')
    })
  }

  #onReady(): void {
    this.#go('working')
    clearTimeout(this.#timer)
    this.#send(this.#current!)
  }

  #onReply(reply: Reply): void {
    const task = this.#current!
    this.#current = undefined
    task.resolve(reply)
    this.#next()
  }

  /** The order is not going to be done: whatever the thread is at, it is at its end. */
  #onLost(why: string): void {
    const task = this.#current
    this.#current = undefined
    this.#stop()
    task?.reject(new Error(why))
    this.#next()
  }

  #stop(): void {
    clearTimeout(this.#timer)
    void this.#worker?.terminate()
    this.#worker = undefined
    this.#go('none')
  }

  #go(state: ThreadState): void {
    this.#state = follow<ThreadState>(THREAD_ARROWS, this.#state, state)
  }
}

export type ThreadState = keyof typeof THREAD_ARROWS

export const THREAD_ARROWS = {
  none: ['starting'],
  starting: ['working', 'none'],
  working: ['idle', 'none'],
  idle: ['working', 'none'],
} as const satisfies Arrows<'none' | 'starting' | 'working' | 'idle'>
