export { createNodeStore, type NodeStore, type NodeStoreOptions, type StoredNode } from './node-store.ts'
export { findRegistry } from './registry.ts'
export { listReleases, NODE_MAJORS, type NodeRelease } from './releases.ts'
export { findNodeCache } from './user-cache.ts'
