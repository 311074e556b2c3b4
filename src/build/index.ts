export { type Builder, type BuilderOptions, createBuilder, runBuild } from './child/index.ts'
export type { BuildWarning } from './config/index.ts'
export { type BuildOptions, type BuildResult, type BuiltFunction, buildProject } from './pipeline/index.ts'
export { type FindProjectOptions, findProject, type Project } from './project/index.ts'
