import { Backlog, type BodyBudget } from '../memory/index.ts'
import { hostBusy } from './refusal.ts'

/** A connection, as those who share a listener compete for it. */
export interface Guest {
  owner: Owner | undefined
  /** When it was last at work, in any unit; undefined: it is. */
  idleSinceMs: number | undefined
  destroy(): void
}

/** Who holds connections: for a listener of functions an instance, known by what it was given to show. */
export interface Owner {
  readonly key: string
  readonly guests: Guest[]
  readonly bodies: BodyBudget
  readonly answers: Backlog
}

export interface OwnersOptions {
  limits: OwnerLimits
  /** For bodies of all owners of the listener together. */
  bodies: BodyBudget
  clock: () => number
}

export interface OwnerLimits {
  /** Connections of all owners together. */
  readonly connections: number
  readonly ownerConnections: number
  /** Connections of which nobody knows yet whose they are. */
  readonly strangers: number
  readonly ownerBodyBytes: number
  readonly ownerAnswerBytes: number
}

/** How long too many strangers are kept: time for a head that was sent at once. */
const STRANGER_MS = 100

/**
 * Who may hold how many connections of a listener. A connection is a stranger until `admit` says whose it is, and again when
 * that owner has been dismissed.
 *
 * - An honest client sends its head as soon as it is connected, and is admitted then. So of too many strangers those are
 *   disconnected that have had time for that: who says nothing, or says it slowly, cannot keep the others out. Until then
 *   strangers may have what the listener has free: thousands can be accepted in one turn of the event loop, and the
 *   head of an honest one among them is read in the next.
 * - Who is over its own bound loses its longest idle connection; where none is idle, the new one is refused.
 * - When the listener is full, whoever has the most pays in the same way, and loses one at work where none is idle: nobody
 *   is kept out by somebody who has more.
 * Tested: server.test.ts.
 */
export class Owners {
  readonly #options: OwnersOptions
  /** The oldest first. */
  readonly #strangers: Guest[] = []
  readonly #owners = new Map<string, Owner>()
  #admitted = 0
  #isTrimming = false

  constructor(options: OwnersOptions) {
    this.#options = options
  }

  get strangers(): number {
    return this.#strangers.length
  }

  get admitted(): number {
    return this.#admitted
  }

  /** Somebody has connected. */
  add(guest: Guest): void {
    this.#strangers.push(guest)
    const { strangers, connections } = this.#options.limits
    if (this.#strangers.length > strangers + Math.max(0, connections - this.#admitted))
      this.#disconnect(this.#strangers[0]!)
    this.#scheduleTrim()
  }

  /** @throws HOST_BUSY; the guest stays what it was. */
  admit(guest: Guest, key: string): void {
    if (guest.owner?.key === key) return
    const owner = this.#owners.get(key)
    this.#makeRoom(owner)
    this.remove(guest)
    const own = this.#owners.get(key) ?? this.#add(key)
    own.guests.push(guest)
    guest.owner = own
    this.#admitted++
  }

  /** It has closed, or is about to. Idempotent. */
  remove(guest: Guest): void {
    const { owner } = guest
    if (!take(owner?.guests ?? this.#strangers, guest) || owner === undefined) return
    guest.owner = undefined
    this.#admitted--
    if (owner.guests.length === 0) this.#owners.delete(owner.key)
  }

  /** The owner has ended: so does what is at work for it, and nobody knows whose its idle connections are. */
  dismiss(key: string): void {
    for (const guest of [...(this.#owners.get(key)?.guests ?? [])]) {
      if (guest.idleSinceMs === undefined) this.#disconnect(guest)
      else {
        this.remove(guest)
        this.add(guest)
      }
    }
  }

  #scheduleTrim(): void {
    if (this.#isTrimming || this.#strangers.length <= this.#options.limits.strangers) return
    this.#isTrimming = true
    // Behind the turn in which what has come is read, however late the timer is.
    setTimeout(() => setImmediate(() => this.#trim()), STRANGER_MS).unref()
  }

  /** Disconnects the strangers that are too many and have had their time, the oldest first. */
  #trim(): void {
    this.#isTrimming = false
    const { limits, clock } = this.#options
    const beforeMs = clock() - STRANGER_MS
    const surplus = this.#strangers.length - limits.strangers
    for (const guest of this.#strangers.slice(0, Math.max(0, surplus)))
      if ((guest.idleSinceMs ?? Number.POSITIVE_INFINITY) <= beforeMs) this.#disconnect(guest)
    this.#scheduleTrim()
  }

  #makeRoom(owner: Owner | undefined): void {
    const { connections, ownerConnections } = this.#options.limits
    const own = owner?.guests.length ?? 0
    if (own >= ownerConnections) {
      const idle = findLongestIdle(owner!.guests)
      if (idle === undefined) throw hostBusy(`Too many connections: ${own} are in use.`)
      return this.#disconnect(idle)
    }
    if (this.#admitted < connections) return
    const largest = this.#findLargest()
    if (largest === undefined || largest.guests.length <= own)
      throw hostBusy(`Too many connections: ${this.#admitted} are open.`)
    this.#disconnect(findLongestIdle(largest.guests) ?? largest.guests[0]!)
  }

  #findLargest(): Owner | undefined {
    let largest: Owner | undefined
    for (const owner of this.#owners.values())
      if (largest === undefined || owner.guests.length > largest.guests.length) largest = owner
    return largest
  }

  #disconnect(guest: Guest): void {
    this.remove(guest)
    guest.destroy()
  }

  #add(key: string): Owner {
    const { limits, bodies, clock } = this.#options
    const owner: Owner = {
      key,
      guests: [],
      bodies: bodies.share(limits.ownerBodyBytes),
      // How slowly a client may read is watched once, by the host's backlog.
      answers: new Backlog({ limitBytes: limits.ownerAnswerBytes, minBytesPerSecond: 0, graceMs: 0, clock }),
    }
    this.#owners.set(key, owner)
    return owner
  }
}

function findLongestIdle(guests: readonly Guest[]): Guest | undefined {
  let longest: Guest | undefined
  for (const guest of guests)
    if ((guest.idleSinceMs ?? Infinity) < (longest?.idleSinceMs ?? Infinity)) longest = guest
  return longest
}

function take(guests: Guest[], guest: Guest): boolean {
  const at = guests.indexOf(guest)
  if (at !== -1) guests.splice(at, 1)
  return at !== -1
}
