export { createMetrics, type FinishedRequest, type Metrics, type Readings } from './metrics.ts'
