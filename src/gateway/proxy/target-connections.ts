import type { Socket } from 'node:net'
import type { Client } from 'undici'
import { type ConnectOptions, connectTo } from './connect.ts'

export interface ConnectionOptions extends ConnectOptions {
  Client: typeof Client
  /** Open at once, used and idle ones. */
  maxConnections: number
}

/** The head of a response may be as large as that. */
const MAX_HEAD_BYTES = 64 * 1024
/** How long an idle connection is kept, unless its server says another time; Node's own servers close after 5 s. */
const KEEP_ALIVE_MS = 4000
const MAX_KEEP_ALIVE_MS = 60_000

/**
 * Connections to targets: each is one `Client` of undici, leased to one request at a time. undici's own pools would keep one
 * list for each origin, and queues without a limit; rules with placeholders can name origins without end.
 *
 * - all together: `maxConnections`; an idle one, of the origin that has not been used for longest, makes room for a new one
 * - one origin: half of them may be in use, so that one slow target leaves room for the others
 */
export class TargetConnections {
  readonly #options: ConnectionOptions
  /** By origin: in use. */
  readonly #used = new Map<string, number>()
  /** By origin, the origins in the order of their last use: connections that wait for a request. */
  readonly #idle = new Map<string, Lease[]>()
  #count = 0

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#count
  }

  /**
   * @param isFresh not one that has been used before.
   * @returns undefined: too many are in use.
   */
  lease(origin: string, isFresh = false): Lease | undefined {
    const used = this.#used.get(origin) ?? 0
    const { maxConnections } = this.#options
    if (used >= Math.max(1, Math.floor(maxConnections / 2))) return undefined
    let lease = isFresh ? undefined : this.#takeIdle(origin)
    if (lease === undefined) {
      if (this.#count >= maxConnections) this.#evict()
      if (this.#count >= maxConnections) return undefined
      lease = this.#open(origin)
    }
    this.#used.set(origin, used + 1)
    return lease
  }

  /** Ends those that wait. */
  closeIdle(): void {
    while (this.#idle.size > 0) this.#evict()
  }

  #open(origin: string): Lease {
    this.#count++
    return new Lease(origin, this.#options, {
      onRelease: (lease) => {
        this.#giveBack(origin)
        const same = this.#idle.get(origin) ?? []
        same.push(lease)
        this.#idle.delete(origin)
        this.#idle.set(origin, same)
      },
      onEnd: (lease, wasIdle) => {
        this.#count--
        if (!wasIdle) return this.#giveBack(origin)
        const same = this.#idle.get(origin) ?? []
        const at = same.indexOf(lease)
        if (at !== -1) same.splice(at, 1)
        if (same.length === 0) this.#idle.delete(origin)
      },
    })
  }

  #giveBack(origin: string): void {
    const left = this.#used.get(origin)! - 1
    if (left === 0) this.#used.delete(origin)
    else this.#used.set(origin, left)
  }

  /** The one that was used last is the least likely to be closed by its server just now. */
  #takeIdle(origin: string): Lease | undefined {
    const same = this.#idle.get(origin)
    const lease = same?.pop()
    if (same?.length === 0) this.#idle.delete(origin)
    lease?.begin()
    return lease
  }

  #evict(): void {
    const [oldest] = this.#idle.values()
    oldest?.[0]?.end()
  }
}

interface LeaseHolder {
  onRelease(lease: Lease): void
  onEnd(lease: Lease, wasIdle: boolean): void
}

/** One connection. Whoever has it ends the lease once: by `release`, `end`, or both in this order. */
export class Lease {
  readonly client: Client
  /** A request has been sent on it before: its server may be about to close it. */
  isReused = false
  readonly #holder: LeaseHolder
  #isIdle = false
  #isEnded = false
  #isBroken = false
  /** undici opens another one where it finds the last one closed. */
  #socket: Socket | undefined

  constructor(origin: string, options: ConnectionOptions, holder: LeaseHolder) {
    this.#holder = holder
    const url = new URL(origin)
    this.client = new options.Client(origin, {
      connect: (_options, callback) => {
        const own = connectTo(url, options, (error, socket) =>
          error === undefined ? callback(null, socket) : callback(error, null),
        )
        this.#socket = own
        this.#isBroken = false
        // Before undici hears of it, which listens from the connection on.
        own.on('error', () => {
          this.#isBroken ||= own === this.#socket
        })
      },
      ...{ allowH2: false, pipelining: 1, maxHeaderSize: MAX_HEAD_BYTES, headersTimeout: 0, bodyTimeout: 0 },
      ...{ keepAliveTimeout: KEEP_ALIVE_MS, keepAliveMaxTimeout: MAX_KEEP_ALIVE_MS },
    })
    this.client.on('disconnect', () => {
      if (this.#isIdle) this.end()
    })
  }

  /** It has not come to an orderly end. undici takes a reset for the end of a body without a length. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  begin(): void {
    this.#isIdle = false
    this.isReused = true
  }

  /** The request is done, and nothing is left of it on the connection. */
  release(): void {
    if (this.#isEnded || this.#isIdle) return
    this.#isIdle = true
    this.#holder.onRelease(this)
  }

  /** Ends the connection, and with `error` what is still asked on it. Idempotent. */
  end(error = new Error('the connection is not needed any more')): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#holder.onEnd(this, this.#isIdle)
    // With an error: an end without one undici takes for the end of a body without a length, and fails on a request that it
    // has given up itself.
    this.#socket?.destroy(error)
    void this.client.destroy(error)
  }
}
