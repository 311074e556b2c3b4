export { readFunctionEnv } from './function-env.ts'
export { type ServedFunction, type ServeOptions, type Server, serve } from './serve.ts'
