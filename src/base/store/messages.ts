import type { WriteName } from './store.ts'

/** To the store thread. */
export interface WriteRequest {
  id: number
  name: WriteName
  args: unknown
}

/** From the store thread; the first one, with id 0, says whether the database is open. */
export type WriteReply = { id: number; result: unknown } | { id: number; error: Error }
