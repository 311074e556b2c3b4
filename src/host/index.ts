export { readFunctionEnv } from './function-env.ts'
export { type ServedFunction, type Server, type ServeOptions, serve } from './serve.ts'
