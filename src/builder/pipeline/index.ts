export { type BuildTools, buildProject } from './build-project.ts'
export type { BuildOptions, BuildResult, BuiltFunction } from './types.ts'
