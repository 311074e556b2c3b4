export type { ServedFunction } from './describe.ts'
export { readFunctionEnv } from './function-env.ts'
export { RUNTIME_BUILD } from './runtime-program.ts'
export { type ServeOptions, type Server, serve } from './serve.ts'
