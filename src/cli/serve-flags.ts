import type { PrebuiltChoice } from '../host/index.ts'

/** The flags of `roost serve` as the command line gives them. */
export interface ServeFlags {
  port?: string
  host?: string
  dir?: string
  prebuilt?: PrebuiltChoice
  ignoreEdgeFunctions?: boolean
  allowBroken?: boolean
  envFile: string[]
  env: string[]
  data?: string
  sandbox?: string
  front?: string
  config?: string
  url?: string
  trustedHops?: string
  showTraces?: boolean
  logLevel?: string
  adminPort?: string
  geoDb?: string
  identitySecretFile?: string
  identityJwks?: string
  identityUrl?: string
  abortOnDisconnect?: boolean
  allowOutsideLinks?: boolean
  verbose?: boolean
  quiet?: boolean
  json?: boolean
}
