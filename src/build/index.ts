export type { BuildWarning } from './config/index.ts'
