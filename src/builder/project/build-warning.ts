import type { WarningCode } from './warning-codes.ts'

/** Something the build did not stop for, but a user should know. `line` and `column` count from 1. */
export interface BuildWarning {
  code: WarningCode
  message: string
  functionName?: string
  file?: string
  line?: number
  column?: number
}
