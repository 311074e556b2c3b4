import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { MIB } from '../base/lib/index.ts'
import type { Pool } from '../compute/pool/index.ts'
import type { Gateway } from '../gateway/functions/index.ts'
import type { StopOrder } from './stop-order.ts'

export interface RestOptions {
  /** Whether nobody would wait for a pause. */
  isIdle(): boolean
  readResidentBytes?(): number
  collect?(): void
}

/** A collector that works while no client and no function waits for anything. */
export function openRest({ gateway, pool }: { gateway: Gateway; pool: Pool }, stops: StopOrder): void {
  const rest = new RestCollector({
    isIdle: () => gateway.stats().openRequests === 0 && pool.stats().busy === 0,
  })
  stops.opened('rest', { destroy: () => rest.close() })
}

const LOOK_MS = 5000
/** Growth that is worth a pause of some ten milliseconds. */
const GROWTH_BYTES = 64 * MIB

/**
 * Gives back what a burst of work has left. V8 collects when something is allocated: a host that has nothing to do keeps
 * the garbage of its busiest minute for as long as it rests (100 MB and more after the attacks of test/attack). It is
 * collected here once the host has been idle at two looks in a row and has grown since the last time.
 *
 * What stays above the figure of a fresh host is memory that is free but kept by the allocator of the C library for its next use;
 * docs/security.md says how to bound it.
 */
export class RestCollector {
  readonly #isIdle: () => boolean
  readonly #readResidentBytes: () => number
  readonly #collect: () => void
  readonly #timer: NodeJS.Timeout
  #wasIdle = false
  #afterBytes: number

  constructor({ isIdle, readResidentBytes = process.memoryUsage.rss, collect = collectAll }: RestOptions) {
    this.#isIdle = isIdle
    this.#readResidentBytes = readResidentBytes
    this.#collect = collect
    this.#afterBytes = readResidentBytes()
    this.#timer = setInterval(() => this.look(), LOOK_MS).unref()
  }

  look(): void {
    const isIdle = this.#isIdle()
    const isAtRest = isIdle && this.#wasIdle
    this.#wasIdle = isIdle
    if (!isAtRest || this.#readResidentBytes() < this.#afterBytes + GROWTH_BYTES) return
    this.#collect()
    this.#afterBytes = this.#readResidentBytes()
  }

  close(): void {
    clearInterval(this.#timer)
  }
}

/** Node has no call for it but behind a flag, which takes effect in contexts that are made while it is set. */
function collectAll(): void {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  gc()
}
