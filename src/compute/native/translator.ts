import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { type Arrows, follow, MIB } from '../../base/lib/index.ts'
import { DescribedFailure } from './failure.ts'
import { FairQueue } from './fair-queue.ts'
import { type Args, countBytes, isQuick, type Kind, type Translated, translate } from './translations.ts'
import { findTransfer, type Order, type Reply } from './translator-messages.ts'

const THREAD = new URL(`./translator-thread${extname(fileURLToPath(import.meta.url))}`, import.meta.url)

export interface TranslatorOptions {
  /** For a thread to start, on a machine that is busy. */
  startMs?: number
  /** For one order. What is let through takes a tenth of a second; the rest is for a machine that is busy. */
  orderMs?: number
  /** Limit of V8's heap in the thread. HEAP_PER_BYTE says how much of it each byte of an order takes. */
  heapMb?: number
  /** How long the thread waits without work before it ends. */
  idleMs?: number
}

/**
 * What an order may take of the heap, for each of its bytes: the worst is an event with text of control characters, 6.3.
 * It is made sure of before: a heap that overflows by more than a little would end not the thread but the process.
 */
const HEAP_PER_BYTE = 16
const LEAST_HEAP_MB = 512

interface Task extends Order {
  resolve(result: Translated<Kind>): void
  reject(error: Error): void
}

/**
 * Reads what programs say and writes what they are told: JSON of any size and shape. What takes more than a moment is done in
 * a thread, one for the whole host, which is started when it is needed and ends when it is idle. Its orders are taken in
 * turn from each program, so that one that posts megabytes of odd JSON holds up others by two orders at most. An order that
 * takes too long, or ends the thread, fails alone; the next is done by a new thread.
 *
 *   none ───── an order ──────────────────────────> starting
 *   starting ─ ready ─────────────────────────────> working
 *   starting ─ startMs, an error ─────────────────> none
 *   working ── a reply, and no other order waits ─> idle
 *   working ── orderMs, an error ─────────────────> none
 *   idle ───── an order ──────────────────────────> working
 *   idle ───── idleMs, an error ──────────────────> none
 *
 * Tested: translator.test.ts.
 */
export class Translator {
  readonly #options: Required<TranslatorOptions>
  readonly #queue = new FairQueue<Task>()
  /** Of the thread. */
  #state: TranslatorState = 'none'
  #worker: Worker | undefined
  #current: Task | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: TranslatorOptions = {}) {
    const { startMs = 30_000, orderMs = 10_000, heapMb = LEAST_HEAP_MB, idleMs = 10_000 } = options
    this.#options = { startMs, orderMs, heapMb, idleMs }
  }

  get state(): TranslatorState {
    return this.#state
  }

  /**
   * @param owner whose turn it is. @param args bytes in it are the translator's from now on.
   * @throws, or rejects with, what is wrong with it.
   */
  translate<K extends Kind>(owner: object, kind: K, args: Args<K>): Translated<K> | Promise<Translated<K>> {
    if (isQuick(kind, args)) return translate(kind, args)
    if (countBytes(kind, args) * HEAP_PER_BYTE > this.#options.heapMb * MIB)
      return Promise.reject(describe(kind, 'it is too large'))
    return new Promise((resolve, reject) => {
      this.#queue.push(owner, { kind, args, resolve: resolve as Task['resolve'], reject })
      this.#next()
    })
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

  #send({ kind, args }: Order): void {
    const { orderMs } = this.#options
    this.#timer = setTimeout(() => this.#onLost(`it took more than ${orderMs / 1000} s`), orderMs)
    this.#worker!.postMessage({ kind, args } satisfies Order, findTransfer(args))
  }

  #start(): void {
    this.#go('starting')
    this.#timer = setTimeout(() => this.#onLost('its thread did not start'), this.#options.startMs)
    const worker = new Worker(THREAD, {
      name: 'roost-translator',
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: this.#options.heapMb },
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
    if ('result' in reply) task.resolve(reply.result)
    else task.reject(new DescribedFailure(reply.failure))
    this.#next()
  }

  /** The order is not going to be done: whatever the thread is at, it is at its end. */
  #onLost(why: string): void {
    const task = this.#current
    this.#current = undefined
    this.#stop()
    task?.reject(describe(task.kind, why))
    this.#next()
  }

  #stop(): void {
    clearTimeout(this.#timer)
    void this.#worker?.terminate()
    this.#worker = undefined
    this.#go('none')
  }

  #go(state: TranslatorState): void {
    this.#state = follow<TranslatorState>(TRANSLATOR_ARROWS, this.#state, state)
  }
}

export type TranslatorState = keyof typeof TRANSLATOR_ARROWS

export const TRANSLATOR_ARROWS = {
  none: ['starting'],
  starting: ['working', 'none'],
  working: ['idle', 'none'],
  idle: ['working', 'none'],
} as const satisfies Arrows<'none' | 'starting' | 'working' | 'idle'>

/** The heap that orders need when bodies and answers have these limits. */
export function deriveHeapMb(...limitsBytes: number[]): number {
  // A result is collected up to twice its limit (read-response.ts).
  return Math.max(LEAST_HEAP_MB, ((2 * Math.max(...limitsBytes) + 2 * MIB) * HEAP_PER_BYTE) / MIB)
}

function describe(kind: Kind, why: string): DescribedFailure {
  const errorMessage = `${SUBJECTS[kind]}: ${why}`
  return new DescribedFailure({ errorType: 'Error', errorMessage, trace: [], phase: 'result' })
}

const SUBJECTS: Record<Kind, string> = {
  event: 'The request could not be converted to an event for your function',
  result: 'Your function response could not be read',
  metadata: 'The metadata of your function response could not be read',
  failure: 'The error that your function reported could not be read',
}
