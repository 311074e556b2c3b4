/** An instance, as far as its priority goes. */
export interface Prioritized {
  readonly openCalls: number
  /** How long its recent calls took; infinite before the first has ended. */
  readonly recentMs: number
  /** How long it has been at the call it works on. */
  readonly turnMs: number
  setNice(nice: number): boolean
}

export interface PriorityOptions {
  /** What a function's instances get while it is over its share; 0: nothing changes. */
  nice: number
  /** As many busy instances can take all of the machine. */
  cores: number
}

/** The kernel knows no more. */
const MAX_NICE = 19
/**
 * Instances with short calls give the processor back by themselves all the time; lowered, they can lose much of their
 * throughput on a machine with other work.
 */
const LONG_CALL_MS = 5
/** A function that is busy with one call for so long does not have short calls, whatever came before. */
const LONG_TURN_MS = 50
/** The share of all cores that makes a function more than one of many. One that waits for others uses next to nothing. */
const LARGE_SHARE = 1 / 4
/** How long a function must keep within its share to be one of many again: no change with every short call. */
const CALM_MS = 1000

/**
 * The processor is for functions, the kernel gives it to processes: with eight instances busy a function has eight
 * shares. While as many of its instances work on long calls as there are cores, and use much of them, each is worth less
 * than another function's, which then gets a core as soon as it asks (ADR 0010). Alone it loses nothing by that.
 */
export class Priority {
  readonly #options: PriorityOptions
  #isLow = false
  #lastBusyMs = 0
  /** What the kernel was told of each. */
  readonly #told = new WeakMap<Prioritized, number>()
  /** What each had used when it was last looked at, and how many cores that was since the time before. */
  readonly #used = new WeakMap<Prioritized, { cpuMs: number; atMs: number; cores: number }>()

  constructor(options: PriorityOptions) {
    this.#options = { ...options, nice: Math.min(options.nice, MAX_NICE) }
  }

  /** Looks at the instances of a function; call it a few times a second while any of them is busy. */
  update(nowMs: number, instances: Iterable<Prioritized>): void {
    const { nice, cores } = this.#options
    if (nice === 0) return
    let busy = 0
    for (const instance of instances) if (isAtLongCall(instance)) busy++
    if (busy >= cores && this.#usesMuch(instances)) {
      this.#isLow = true
      this.#lastBusyMs = nowMs
    } else if (nowMs - this.#lastBusyMs >= CALM_MS) this.#isLow = false
    for (const instance of instances) this.apply(instance)
  }

  /** @param cpuMs that the instance has used in its life. Call it now and then. */
  note(instance: Prioritized, cpuMs: number, atMs: number): void {
    const last = this.#used.get(instance)
    const cores = last === undefined || atMs <= last.atMs ? 0 : (cpuMs - last.cpuMs) / (atMs - last.atMs)
    this.#used.set(instance, { cpuMs, atMs, cores })
  }

  #usesMuch(instances: Iterable<Prioritized>): boolean {
    let cores = 0
    for (const instance of instances) cores += this.#used.get(instance)?.cores ?? 0
    return cores > this.#options.cores * LARGE_SHARE
  }

  /** A new one comes in as the others are. What the kernel refuses is tried again at the next look. */
  apply(instance: Prioritized): void {
    const nice = this.#isLow ? this.#options.nice : 0
    if ((this.#told.get(instance) ?? 0) !== nice && instance.setNice(nice)) this.#told.set(instance, nice)
  }
}

function isAtLongCall({ openCalls, recentMs, turnMs }: Prioritized): boolean {
  if (openCalls === 0) return false
  return turnMs > LONG_TURN_MS || (Number.isFinite(recentMs) && recentMs > LONG_CALL_MS)
}
