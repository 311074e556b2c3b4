export { type MemoryUse, MemoryWatch } from './memory-watch.ts'
export { parseSystemV } from './parse.ts'
