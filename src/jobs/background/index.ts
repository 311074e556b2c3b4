export { type BackgroundRun, createBackgroundRuns } from './background-runs.ts'
