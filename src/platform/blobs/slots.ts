import { RoostError } from '../../base/errors/index.ts'

interface Line {
  taken: number
  waiting: Set<() => void>
}

/** Transfers of one site at once. More of them wait in a queue for a while: a burst is served instead of rejected. */
export class Slots {
  readonly #what: string
  readonly #max: number
  readonly #waitMs: number
  readonly #lines = new Map<string, Line>()

  /** `what` for people: "uploads". */
  constructor(what: string, max: number, waitMs: number) {
    this.#what = what
    this.#max = max
    this.#waitMs = waitMs
  }

  /** The caller disposes of it, once. @throws BLOB_BUSY */
  async take(siteId: string): Promise<Disposable> {
    const line = this.#lines.get(siteId) ?? { taken: 0, waiting: new Set() }
    this.#lines.set(siteId, line)
    if (line.taken < this.#max) line.taken++
    else await this.#wait(line) // whoever leaves hands the slot over
    return { [Symbol.dispose]: () => this.#leave(siteId, line) }
  }

  #wait(line: Line): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const enter = (): void => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(() => {
      line.waiting.delete(enter)
      reject(this.#busy())
    }, this.#waitMs)
    line.waiting.add(enter)
    return promise
  }

  #leave(siteId: string, line: Line): void {
    const [next] = line.waiting
    if (next !== undefined) {
      line.waiting.delete(next)
      next()
    } else if (--line.taken === 0) this.#lines.delete(siteId)
  }

  #busy(): RoostError {
    return new RoostError('BLOB_BUSY', `The site has ${this.#max} ${this.#what} of blobs in progress.`, {
      hint: 'Start fewer at once, or retry.',
      details: { retryAfterMs: this.#waitMs },
    })
  }
}
