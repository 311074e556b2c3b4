export { readFunctionEnv } from './function-env.ts'
export { RUNTIME_BUILD } from './runtime-program.ts'
export { type ServedFunction, type ServeOptions, type Server, serve } from './serve.ts'
