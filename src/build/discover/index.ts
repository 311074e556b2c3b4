export type { Category, FunctionSource } from './types.ts'
