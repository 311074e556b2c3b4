export {
  type Boundary,
  createBoundary,
  describeOutsider,
  type Outsider,
} from './boundary.ts'
export type { BuildWarning } from './build-warning.ts'
export type { PlacedRule } from './config-rules.ts'
export { type EdgeFunctions, findEdgeFunctions } from './edge-functions.ts'
export { type FindProjectOptions, findProject, type ProjectFiles, readProject } from './find.ts'
export { readIfThere } from './folders.ts'
export type { FunctionSettings, FunctionTable, NodeBundler } from './function-tables.ts'
export { dropUnset } from './function-tables.ts'
export { findGaps, type Gap } from './gaps.ts'
export { listBuildPaths } from './layers.ts'
export { isLitter } from './litter.ts'
export { parseMemory } from './memory.ts'
export { NEXT_IMAGES_SENTENCE, usesNextImages } from './next-images.ts'
export { isFunctionRuntime, parseNodeMajor } from './node-version.ts'
export type { Category, Project } from './project.ts'
export { parseToml, type TomlFile } from './read-toml.ts'
export { isTable } from './schema.ts'
export { PLUGIN_STATIC_DIR } from './site-folders.ts'
export { TOML_SCHEMA } from './toml-schema.ts'
export { WARNINGS, type WarningCode, type WarningEntry, type Where } from './warning-codes.ts'
export { refuseEmptyProject, requireFolder } from './wrong-folder.ts'
