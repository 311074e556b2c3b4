import { createServer, type Server } from 'node:net'

/**
 * User IDs that only instances run as: above the ranges that Debian, systemd and container runtimes hand out, so that
 * no file and no process of the machine belongs to one of them.
 */
const FIRST_ID = 2_000_000
const BLOCK_SIZE = 1000
const BLOCKS = 64

/**
 * Hands out user IDs, one per living instance: neighbours cannot signal or read each other. Each host takes a block of
 * IDs for itself, so that two hosts on one machine do not mistake each other's processes for their own.
 */
export class UserIds {
  readonly #lock: Server
  readonly #free: number[]

  private constructor(lock: Server, block: number) {
    this.#lock = lock
    const first = FIRST_ID + block * BLOCK_SIZE
    this.#free = Array.from({ length: BLOCK_SIZE }, (_, i) => first + BLOCK_SIZE - 1 - i)
  }

  /** Takes the first block that no other host on this machine has. @throws when all are taken. */
  static async open(): Promise<UserIds> {
    for (let block = 0; block < BLOCKS; block++) {
      const lock = await takeLock(block)
      if (lock !== undefined) return new UserIds(lock, block)
    }
    throw new Error(`all ${BLOCKS} blocks of user IDs are taken by other hosts`)
  }

  /** @throws when all are taken: without an ID of its own an instance would run as the host. */
  take(): number {
    const id = this.#free.pop()
    if (id === undefined) throw new Error(`all ${BLOCK_SIZE} user IDs of this host are in use`)
    return id
  }

  /** Call once nothing runs as `id` any more. The ID goes to the end of the queue. */
  release(id: number): void {
    this.#free.unshift(id)
  }

  close(): void {
    this.#lock.close()
  }
}

/** A socket in the abstract namespace: the kernel frees the name when its owner dies, however it dies. */
function takeLock(block: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.unref()
    server.once('error', () => resolve(undefined))
    server.listen(`\0roost-user-ids-${block}`, () => resolve(server))
  })
}
