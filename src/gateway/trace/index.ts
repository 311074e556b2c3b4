export { formatExplanation, formatSteps } from './format.ts'
export {
  type Explanation,
  type Stage,
  type StepDetails,
  Trace,
  type TraceStep,
  type TraceTarget,
} from './trace.ts'
