import { RoostError } from '../../base/errors/index.ts'
import { formatBytes, KIB, MIB } from '../../base/lib/index.ts'
import { type BlobUsage, type Store, weighBlob } from '../../store/index.ts'

interface Address {
  siteId: string
  store: string
  key: string
}

/** What is known of one site. */
interface SiteSpace {
  used: BlobUsage
  /** When `used` was read, on the clock of `performance.now()`. */
  readAtMs: number
  /** Counts the changes of `used`: what was read before one of them is older than it. */
  version: number
  reserved: number
  holds: Set<Hold>
  hasOverdraft: boolean
}

/** What one upload keeps from others. */
interface Hold {
  bytes: number
  /** The part of `bytes` that was announced and has not arrived. */
  aheadBytes: number
  arrivedBytes: number
  sinceMs: number
}

/** An upload that comes more slowly than this, after a second, keeps only what has arrived when somebody needs the room. */
const HOLD_BYTES_PER_SECOND = 256 * KIB
const HOLD_MS = 1000

/** Another process may have changed what a site uses: not believed for longer. */
const FRESH_MS = 1000
/** How much a full site may receive to replace a blob by one that is not larger, one at a time. */
const OVERDRAFT_BYTES = MIB

export interface SpaceOptions {
  index: Store
  quotaBytes: number
  /** How long content that no blob has may stay. */
  orphanMs: number
  /** Deletes some of a site's orphans. @returns where to go on, undefined at the end. */
  collect(siteId: string, after: string): Promise<string | undefined>
}

/** Room for a blob that is arriving. */
export interface Reservation extends Disposable {
  /** A piece has arrived: of what was announced, or more than that. @throws as `reserve` */
  arrive(bytes: number): Promise<void>
  /** The index has decided: what the reservation was for is in `used`, or an orphan. */
  settle(used: BlobUsage): void
}

/**
 * What arrives is reserved against the quota of its site before it is written, so that blobs, orphans and drafts
 * together stay within it. Reservations live in memory and end with the process. Another process, `roost blobs:set`
 * beside a server, has its own: while it uploads, its one draft can be over the quota.
 */
export class Space {
  readonly #options: SpaceOptions
  readonly #sites = new Map<string, SiteSpace>()

  constructor(options: SpaceOptions) {
    this.#options = options
  }

  /**
   * @param bytes what there must be room for.
   * @param aheadBytes of it, what has been announced and has not arrived.
   * @throws BLOB_QUOTA_EXCEEDED, BLOB_BUSY when there will be room once orphans are deleted or uploads have ended.
   */
  async reserve(at: Address, bytes: number, aheadBytes = 0): Promise<Reservation> {
    const site = this.#find(at.siteId)
    let maxBytes = Number.POSITIVE_INFINITY
    const refusal = await this.#take(at.siteId, site, bytes)
    if (refusal !== undefined) {
      maxBytes = await this.#findAllowance(at)
      if (site.hasOverdraft || bytes > maxBytes) throw refusal
      site.hasOverdraft = true
      site.reserved += bytes
    }
    const hold: Hold = { bytes, aheadBytes, arrivedBytes: 0, sinceMs: performance.now() }
    site.holds.add(hold)
    const close = (): void => {
      if (!site.holds.delete(hold)) return
      site.reserved -= hold.bytes
      if (refusal !== undefined) site.hasOverdraft = false
    }
    return {
      arrive: async (arrived) => {
        const announced = Math.min(arrived, hold.aheadBytes)
        const more = arrived - announced
        hold.aheadBytes -= announced
        hold.arrivedBytes += arrived
        if (more === 0) return
        if (refusal === undefined) {
          const late = await this.#take(at.siteId, site, more)
          if (late !== undefined) throw late
        } else if (hold.bytes + more > maxBytes) throw refusal
        else site.reserved += more
        hold.bytes += more
      },
      settle(used) {
        close()
        site.used = used
        site.readAtMs = performance.now()
        site.version++
      },
      [Symbol.dispose]: close,
    }
  }

  /** Something has been deleted. */
  invalidate(siteId: string): void {
    const site = this.#find(siteId)
    site.readAtMs = Number.NEGATIVE_INFINITY
    site.version++
  }

  /** @returns why not. */
  async #take(siteId: string, site: SiteSpace, bytes: number): Promise<RoostError | undefined> {
    const hasRoom = (): boolean => {
      const { used, reserved } = site
      if (used.bytes + used.orphanBytes + reserved + bytes > this.#options.quotaBytes) return false
      site.reserved += bytes
      return true
    }
    if (performance.now() - site.readAtMs < FRESH_MS && hasRoom()) return
    await this.#read(siteId, site)
    if (hasRoom()) return
    // An upload that announces much and sends little does not use up the quota.
    releaseSlow(site)
    if (hasRoom()) return
    let after: string | undefined = ''
    while (site.used.orphanBytes > 0 && after !== undefined) {
      after = await this.#options.collect(siteId, after)
      await this.#read(siteId, site)
      if (hasRoom()) return
    }
    return this.#refuse(site, bytes)
  }

  async #read(siteId: string, site: SiteSpace): Promise<void> {
    for (;;) {
      const { version } = site
      const used = await this.#options.index.read('readBlobUsage', { siteId })
      if (site.version === version) {
        site.used = used
        site.readAtMs = performance.now()
        return
      }
      // A commit of this process has reported a newer usage meanwhile.
      if (site.readAtMs > Number.NEGATIVE_INFINITY) return
    }
  }

  async #findAllowance(at: Address): Promise<number> {
    const replaced = await this.#options.index.read('findBlob', {
      siteId: at.siteId,
      store: at.store,
      key: at.key,
    })
    return replaced === undefined ? 0 : Math.min(OVERDRAFT_BYTES, weighBlob({ ...replaced, key: at.key }))
  }

  #refuse({ used, reserved }: SiteSpace, bytes: number): RoostError {
    const { quotaBytes, orphanMs } = this.#options
    if (used.bytes + bytes > quotaBytes) return quotaExceeded(quotaBytes)
    const retryAfterMs = Math.max(1000, orphanMs)
    const inTheWay = [
      ...(reserved > 0 ? [`${formatBytes(reserved)} that are arriving`] : []),
      ...(used.orphanBytes > 0 ? [`${formatBytes(used.orphanBytes)} that are about to be deleted`] : []),
    ].join(' and ')
    return new RoostError(
      'BLOB_BUSY',
      `The site has no room for this blob yet. Its ${formatBytes(quotaBytes)} include ${inTheWay}.`,
      {
        hint: `Try again in ${Math.ceil(retryAfterMs / 1000)} seconds.`,
        details: { retryAfterMs },
      },
    )
  }

  #find(siteId: string): SiteSpace {
    const known = this.#sites.get(siteId)
    if (known !== undefined) return known
    const site: SiteSpace = {
      used: { bytes: 0, orphanBytes: 0, blobs: 0 },
      readAtMs: Number.NEGATIVE_INFINITY,
      version: 0,
      reserved: 0,
      holds: new Set(),
      hasOverdraft: false,
    }
    this.#sites.set(siteId, site)
    return site
  }
}

/** What slow uploads have announced is reserved as it arrives from now on. */
function releaseSlow(site: SiteSpace): void {
  const nowMs = performance.now()
  for (const hold of site.holds) {
    const seconds = (nowMs - hold.sinceMs) / 1000
    if (seconds * 1000 < HOLD_MS || hold.arrivedBytes > seconds * HOLD_BYTES_PER_SECOND) continue
    site.reserved -= hold.aheadBytes
    hold.bytes -= hold.aheadBytes
    hold.aheadBytes = 0
  }
}

export function quotaExceeded(quotaBytes: number): RoostError {
  const message = `With this blob the site would have more than ${formatBytes(quotaBytes)}.`
  return new RoostError('BLOB_QUOTA_EXCEEDED', message, {
    hint: 'Delete what is not needed, or raise the limit blobSiteBytes. Replacing a blob needs room for the old and the new one.',
  })
}
