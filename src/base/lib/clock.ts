/**
 * Milliseconds on the machine's monotonic clock. Unlike `performance.now()` it is the same for all processes of the
 * machine, so a deadline can be handed to a child (ADR 0005).
 */
export type Clock = () => number

const originMs = Number(process.hrtime.bigint()) / 1e6 - performance.now()

export const monotonicNow: Clock = () => originMs + performance.now()
