import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RoostError } from '../../base/errors/index.ts'
import { MIB } from '../../base/lib/index.ts'
import type { Limits } from '../../base/settings/index.ts'
import { WorkThread } from '../../base/thread/index.ts'
import type { FormOrder, FormReading } from './read-form.ts'

const THREAD = new URL(`./form-thread${extname(fileURLToPath(import.meta.url))}`, import.meta.url)

/** The worst form that was found, of escaped characters, takes 36 bytes of heap for each of its own. */
const HEAP_PER_BYTE = 64
const LEAST_HEAP_MB = 512

/**
 * Reads submitted forms (D101), off the event loop: parsing megabytes of `%41` takes a second. One thread for the whole host,
 * started for the first form and ended ten seconds after the last. Clients have their turns, so that one that posts large
 * forms holds up another by two of them. At most `formsWaiting` forms wait: when there are more, the client that has the most
 * loses its last one. Each form has 15 s. A form that is not read can be sent again.
 */
export class FormReader {
  readonly #limits: Limits
  readonly #thread: WorkThread<FormOrder, FormReading>

  constructor(limits: Limits) {
    this.#limits = limits
    this.#thread = new WorkThread(THREAD, {
      name: 'roost-forms',
      heapMb: Math.max(LEAST_HEAP_MB, (limits.formBytes * HEAP_PER_BYTE) / MIB),
      startMs: 30_000,
      orderMs: 15_000,
      idleMs: 10_000,
      ordersWaiting: limits.formsWaiting,
    })
  }

  /**
   * @param client whose turn it is. @param order its body is the reader's from now on.
   * @throws HOST_BUSY too many forms wait, or the thread was lost.
   */
  async read(client: string, order: Omit<FormOrder, 'limits'>): Promise<FormReading> {
    const { formBytes, formFields } = this.#limits
    try {
      return await this.#thread.do(client, { ...order, limits: { formBytes, formFields } })
    } catch (cause) {
      throw new RoostError('HOST_BUSY', `The form could not be read: ${(cause as Error).message}.`, { cause })
    }
  }
}
