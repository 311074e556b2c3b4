import type { ReadName, WriteName } from '../store.ts'

/** To a thread of the store. */
export interface StoreRequest<Name extends ReadName | WriteName = ReadName | WriteName> {
  id: number
  name: Name
  args: unknown
}

/** From a thread of the store; the writer's first one, with id 0, says whether the database is open. */
export type StoreReply = { id: number; result: unknown } | { id: number; error: Error }
