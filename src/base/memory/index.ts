export { type AnswerHolder, Backlog, type BacklogOptions, type WaitingBytes } from './backlog.ts'
export { BodyBudget } from './body-budget.ts'
export { CountedBytes } from './counted-bytes.ts'
export { createHostMemory, type HostMemory, type HostMemoryLimits } from './host-memory.ts'
