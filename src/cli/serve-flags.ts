import type { PrebuiltChoice } from '../host/index.ts'

/** The flags of `roost serve` as the command line gives them, beside those of settings (setting-flags.ts). */
export interface ServeFlags {
  dir?: string
  prebuilt?: PrebuiltChoice
  ignoreEdgeFunctions?: boolean
  allowBroken?: boolean
  envFile: string[]
  env: string[]
  data?: string
  config?: string
  verbose?: boolean
  quiet?: boolean
  json?: boolean
}
