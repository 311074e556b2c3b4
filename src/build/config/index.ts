export type { BuildWarning, NodeBundler } from '../project/index.ts'
export type { CompiledRoute, ExcludedRoute, FunctionConfig } from './types.ts'
