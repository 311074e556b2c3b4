import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MIB } from '../../base/lib/index.ts'
import { WorkThread } from '../../base/thread/index.ts'
import { DescribedFailure } from './failure.ts'
import { type Args, countBytes, isQuick, type Kind, type Translated, translate } from './translations.ts'
import type { Order, Reply } from './translator-messages.ts'

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

/**
 * Reads what programs say and writes what they are told: JSON of any size and shape. What takes more than a moment is done in
 * a thread, one for the whole host (base/thread). Its orders are taken in turn from each program, so that one that posts
 * megabytes of odd JSON holds up others by two orders at most.
 */
export class Translator {
  readonly #heapMb: number
  readonly #thread: WorkThread<Order, Reply>

  constructor(options: TranslatorOptions = {}) {
    const { startMs = 30_000, orderMs = 10_000, heapMb = LEAST_HEAP_MB, idleMs = 10_000 } = options
    this.#heapMb = heapMb
    this.#thread = new WorkThread(THREAD, { name: 'roost-translator', startMs, orderMs, heapMb, idleMs })
  }

  /**
   * @param owner whose turn it is. @param args bytes in it are the translator's from now on.
   * @throws, or rejects with, what is wrong with it.
   */
  translate<K extends Kind>(owner: object, kind: K, args: Args<K>): Translated<K> | Promise<Translated<K>> {
    if (isQuick(kind, args)) return translate(kind, args)
    if (countBytes(kind, args) * HEAP_PER_BYTE > this.#heapMb * MIB)
      return Promise.reject(describe(kind, 'it is too large'))
    return this.#do(owner, kind, args)
  }

  async #do<K extends Kind>(owner: object, kind: K, args: Args<K>): Promise<Translated<K>> {
    const reply = await this.#thread.do(owner, { kind, args }).catch((lost: Error) => {
      throw describe(kind, lost.message)
    })
    if ('failure' in reply) throw new DescribedFailure(reply.failure)
    return reply.result as Translated<K>
  }
}

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
