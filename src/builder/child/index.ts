export { type Builder, type BuilderOptions, createBuilder, runBuild } from './builder.ts'
