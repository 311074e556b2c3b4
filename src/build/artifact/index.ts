export {
  type Manifest,
  type ManifestFunction,
  type ManifestRoute,
  manifestSchema,
  type TrafficRules,
} from './manifest.ts'
export { type Artifact, MANIFEST_NAME, readArtifact } from './read.ts'
