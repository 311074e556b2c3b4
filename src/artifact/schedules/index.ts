export { findCronProblem, normalizeCron } from './cron-text.ts'
