export { type ReadRules, readRules } from './read-rules.ts'
