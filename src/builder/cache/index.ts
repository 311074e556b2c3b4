export { type BuildCache, CACHE_NAME, hashKey, openBuildCache } from './build-cache.ts'
export type { FileTable } from './file-table.ts'
export { readToolKey } from './tool-key.ts'
