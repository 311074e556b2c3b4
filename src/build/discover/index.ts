export type { Category } from '../project/index.ts'
export { type DiscoverOptions, type Discovery, discoverFunctions } from './discover.ts'
export { isReachableName } from './names.ts'
export type { FunctionSource } from './types.ts'
