export { type FunctionDemands, pickDemands } from './demands.ts'
export { digestFiles, type FolderDigest, hashBytes } from './digest.ts'
export { findSubscribers, isEventName } from './event-names.ts'
export type { ArtifactFile, ContentHash } from './files.ts'
export {
  type Manifest,
  type ManifestFunction,
  type ManifestRoute,
  manifestSchema,
  type TrafficRules,
  trafficRulesSchema,
} from './manifest.ts'
export { type Artifact, MANIFEST_NAME, readArtifact } from './read.ts'
export { type RateLimit, type ResolvedFunction, resolveFunction } from './resolved-function.ts'
export { type ArtifactWriter, createArtifactWriter, type WrittenFunction } from './write.ts'
