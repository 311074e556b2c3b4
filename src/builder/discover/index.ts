export type { Category } from '../project/index.ts'
export { type DiscoverOptions, type Discovery, discoverFunctions } from './discover.ts'
export { type Machine, readMachine } from './executable.ts'
export type { FunctionSource } from './function-source.ts'
