export { parseEnvFile } from './env-file.ts'
export { DEFAULT_LIMITS, LIMITS, type LimitName, type Limits } from './limits.ts'
export { parseSettings, type SettingSources, type Settings } from './settings.ts'
