export type { BuildWarning, CompiledRoute, FunctionConfig, NodeBundler } from './types.ts'
