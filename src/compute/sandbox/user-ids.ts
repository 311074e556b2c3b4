import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../base/log/index.ts'
import { BLOCK_SIZE, type IdBlock, takeBlock } from './id-block.ts'
import { Warden } from './warden.ts'

/** After an ending that did not succeed, the next try waits so long, then twice as long, at most a minute. */
const RETRY_MS = 500
const MAX_RETRY_MS = 60_000
/** What the kernel does not let go of does not keep a host from stopping. */
const CLOSE_MS = 10_000

export interface UserIdsOptions {
  /** Called once nothing runs under an ID any more, before it is given out again: to remove what it left behind. */
  onEnded?: ((ids: readonly number[]) => Promise<void>) | undefined
  /** The same for all that a dead host had given out; as `onEnded` when absent. */
  onTaken?: UserIdsOptions['onEnded']
  log?: Log | undefined
  /** Folders for the record of IDs, the first that works; the machine's when absent. */
  dirs?: readonly string[] | undefined
}

/**
 * Hands out user IDs, one per living instance: neighbours cannot signal or read each other. Each host takes a block of IDs for
 * itself. An ID comes back once the warden has said that nothing runs under it (D126), and only then.
 */
export class UserIds {
  /** For the operator at start: blocks that were left alone. */
  readonly notes: readonly string[]
  readonly warden: Warden
  readonly #block: IdBlock
  readonly #options: UserIdsOptions
  readonly #free: number[]
  readonly #endings = new Set<Promise<void>>()
  readonly #closing = new AbortController()

  private constructor(block: IdBlock, warden: Warden, notes: readonly string[], options: UserIdsOptions) {
    this.notes = notes
    this.warden = warden
    this.#block = block
    this.#options = options
    this.#free = Array.from({ length: BLOCK_SIZE }, (_, i) => block.first + BLOCK_SIZE - 1 - i)
  }

  /** Takes a block, after what a dead host left there has been ended. @throws USER_IDS_UNAVAILABLE */
  static async open(options: UserIdsOptions = {}): Promise<UserIds> {
    const notes: string[] = []
    let warden: Warden | undefined
    const accept = async (block: IdBlock): Promise<boolean> => {
      const candidate = new Warden({ block, log: options.log })
      try {
        await candidate.waitUntilReady() // a host without its warden takes no block
        const ended = await Promise.all(block.leftIds.map((id) => candidate.end(id)))
        if (ended.includes(false)) return false
        if (block.leftIds.length > 0) await (options.onTaken ?? options.onEnded)?.(block.leftIds)
        block.clear()
        warden = candidate
        return true
      } finally {
        if (warden === undefined) await candidate.close()
      }
    }
    const block = await takeBlock(notes, accept, options.dirs)
    return new UserIds(block, warden!, notes, options)
  }

  /** @throws when all are taken, or nobody could end what runs under one: the instance is not started then. */
  take(): number {
    if (!this.warden.isReady)
      throw new Error(
        'the warden, which ends what instances leave running, has ended and is being started again',
      )
    const id = this.#free.pop()
    if (id === undefined) throw new Error(`all ${BLOCK_SIZE} user IDs of this host are in use`)
    try {
      this.#block.record(id)
    } catch (error) {
      this.#free.push(id)
      throw error
    }
    return id
  }

  /** Call when the instance has ended. All that runs under `id` is ended; then it goes to the end of the queue. */
  release(id: number): void {
    const ending = this.#end(id).finally(() => this.#endings.delete(ending))
    this.#endings.add(ending)
  }

  /** Call when all instances have ended. */
  async close(): Promise<void> {
    const { signal } = this.#closing
    await Promise.race([Promise.all(this.#endings), sleep(CLOSE_MS, undefined, { signal }).catch(ignore)])
    this.#closing.abort()
    // Otherwise the record stays, for the warden and the next host.
    if (this.#free.length === BLOCK_SIZE) this.#block.clear()
    await this.warden.close()
    this.#block.close()
  }

  async #end(id: number): Promise<void> {
    const { log, onEnded } = this.#options
    for (
      let retryMs = RETRY_MS;
      !(await this.warden.end(id));
      retryMs = Math.min(2 * retryMs, MAX_RETRY_MS)
    ) {
      if (retryMs === RETRY_MS)
        log?.warn(
          { event: 'user_id.kept', userId: id },
          `Processes that an instance left under user ID ${id} could not be ended: the ID is not reused before they end.`,
        )
      await sleep(retryMs, undefined, { ref: false, signal: this.#closing.signal }).catch(ignore)
      if (this.#closing.signal.aborted) return
    }
    try {
      await onEnded?.([id])
    } catch (error) {
      log?.error(
        { event: 'user_id.leftovers', userId: id, error: String(error) },
        `Files that an instance left behind under user ID ${id} could not be removed.`,
      )
    }
    this.#free.unshift(id)
  }
}

/** Closing ends the waiting. */
function ignore(): void {
  return
}
