export type { Access, Grant } from './grants.ts'
export { openServices, type Services } from './listener.ts'
