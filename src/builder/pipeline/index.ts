export type { BuildOptions } from './build-options.ts'
export { type BuildTools, buildProject } from './build-project.ts'
export type { BuildResult, BuiltFunction } from './build-result.ts'
