import type { Clock } from '../../base/lib/index.ts'
import { type Instructions, parseInstructions } from './instructions.ts'
import { KeyNotes } from './key-notes.ts'
import { PurgeHistory } from './purge-history.ts'

/** For so long nobody waits for a response to a key whose last one could not be shared. */
const ALONE_MS = 10_000
/** For so long a refresh that failed is not tried again. */
const REST_MS = 5_000
const MAX_NOTES = 4096
const MAX_INSTRUCTIONS = 256
/** Refreshes of all sites at once: they take instances that clients wait for. */
const MAX_REFRESHES = 16

interface SiteState {
  readonly history: PurgeHistory
  /** In the store of answers, what belongs to the site. */
  readonly owners: Set<string>
}

/** What the deploys of a host share beside the store of answers. */
export class SharedState {
  readonly clock: Clock
  /** Keys whose last response could not be shared: requests for them do not wait for each other. */
  readonly alone: KeyNotes
  /** Keys whose last refresh failed. */
  readonly resting: KeyNotes
  /** That are under way. */
  refreshes = 0
  readonly #sites = new Map<string, SiteState>()
  readonly #instructions = new Map<string, Instructions>()

  constructor(clock: Clock) {
    this.clock = clock
    this.alone = new KeyNotes({ clock, lifeMs: ALONE_MS, max: MAX_NOTES })
    this.resting = new KeyNotes({ clock, lifeMs: REST_MS, max: MAX_NOTES })
  }

  get mayRefresh(): boolean {
    return this.refreshes < MAX_REFRESHES
  }

  findSite(id: string): SiteState {
    let site = this.#sites.get(id)
    if (site === undefined) {
      site = { history: new PurgeHistory(), owners: new Set() }
      this.#sites.set(id, site)
    }
    return site
  }

  /** Records hold few different texts: parsed once each. */
  readInstructions(text: string): Instructions {
    let instructions = this.#instructions.get(text)
    if (instructions !== undefined) return instructions
    instructions = parseInstructions(text)
    if (this.#instructions.size >= MAX_INSTRUCTIONS) this.#instructions.clear()
    this.#instructions.set(text, instructions)
    return instructions
  }
}
