export { createBundler } from './bundle.ts'
export { type BundleSession, createBundleSession } from './session.ts'
export { createTraceMemory, type TraceMemory } from './trace-memory.ts'
export type { Bundle, BundleFile, BundleInput, Bundler } from './types.ts'
