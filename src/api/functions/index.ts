export type { Access, Grant } from './grants.ts'
export { openServices, type Services } from './listener.ts'
export { type AskedPurge, MAX_PURGE_BYTES, PURGE_PATH, type Purge, readPurge } from './purge.ts'
