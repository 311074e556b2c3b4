export { type CheckOptions, type CheckResult, checkProject } from './check-project.ts'
export type { Finding } from './finding.ts'
