import type { Instance, InstanceExit, InstanceOwner } from '../instance/index.ts'
import type { FunctionVersion } from './function-version.ts'

export interface InstanceSourceOptions {
  /** A process that can serve any version for which `isPlain` holds. */
  startBlank(): Instance
  /** A process for this version only. */
  startFor(version: FunctionVersion): Instance
  /** Whether a blank can serve it: default memory, no variables that count at start, the whole network. */
  isPlain(version: FunctionVersion): boolean
  /** Blanks kept ready. */
  blanks: number
}

/** Between taking a blank and starting the next: the first call of a function has the processor to itself. */
const REFILL_MS = 50
/** A blank that dies is replaced later and later: something is wrong with the machine, not with user code. */
const MAX_REFILL_MS = 10_000

/**
 * Where the pool gets instances from. Blanks are processes with the runtime loaded and no user code: a cold start
 * with one costs an import instead of a process (docs/architecture.md#the-life-of-an-instance).
 */
export class InstanceSource implements InstanceOwner {
  readonly #options: InstanceSourceOptions
  readonly #blanks = new Set<Instance>()
  #refill: NodeJS.Timeout | undefined
  #deaths = 0
  #isClosed = false
  #whenEmpty: (() => void)[] = []

  constructor(options: InstanceSourceOptions) {
    this.#options = options
  }

  /** Starts the first blanks. */
  open(): void {
    this.#fill()
  }

  /** @returns one that is the caller's from now on, to be handed to its owner at once. */
  take(version: FunctionVersion): Instance {
    if (!this.#options.isPlain(version)) return this.#options.startFor(version)
    const blank = this.#choose()
    if (blank === undefined) return this.#options.startFor(version)
    this.#blanks.delete(blank)
    this.#refillLater(REFILL_MS)
    return blank
  }

  /** Blanks that are ready at this moment. */
  get ready(): number {
    let ready = 0
    for (const blank of this.#blanks) if (blank.state === 'ready') ready++
    return ready
  }

  /** Ends all blanks. Those that were taken are not ours any more. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#refill)
    for (const blank of this.#blanks) blank.kill('closing')
    if (this.#blanks.size > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve))
  }

  /** Ready ones first; one that is still starting is nearer to ready than a new one. */
  #choose(): Instance | undefined {
    let starting: Instance | undefined
    for (const blank of this.#blanks) {
      if (!blank.isReachable) continue // it is about to end
      if (blank.state === 'ready') return blank
      starting ??= blank
    }
    return starting
  }

  #fill(): void {
    this.#refill = undefined
    while (!this.#isClosed && this.#blanks.size < this.#options.blanks) {
      const blank = this.#options.startBlank()
      blank.handTo(this)
      this.#blanks.add(blank)
    }
  }

  #refillLater(delayMs: number): void {
    if (this.#isClosed) return
    this.#refill ??= setTimeout(() => this.#fill(), delayMs)
  }

  onReady(): void {
    this.#deaths = 0
  }

  onFree(): void {
    return // a blank has no calls
  }

  onExit(instance: Instance, _exit: InstanceExit): void {
    this.#blanks.delete(instance)
    if (this.#isClosed && this.#blanks.size === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve()
    this.#deaths++
    this.#refillLater(Math.min(REFILL_MS * 2 ** this.#deaths, MAX_REFILL_MS))
  }
}
