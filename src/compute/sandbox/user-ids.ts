/**
 * User IDs that only instances run as: above the ranges that Debian, systemd and container runtimes hand out, so that
 * no file and no process of the machine belongs to one of them.
 */
const FIRST_ID = 2_000_000
const ID_COUNT = 1000

/** Hands out user IDs, one per living instance: neighbours cannot signal or read each other. */
export class UserIds {
  readonly #free = Array.from({ length: ID_COUNT }, (_, i) => FIRST_ID + ID_COUNT - 1 - i)

  /** @returns undefined when all are taken. */
  take(): number | undefined {
    return this.#free.pop()
  }

  /** Call once nothing runs as `id` any more. The ID goes to the end of the queue. */
  release(id: number): void {
    this.#free.unshift(id)
  }
}
