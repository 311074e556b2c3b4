import process from 'node:process'
import { clock } from './own-globals.ts'

const originMs = Number(process.hrtime.bigint()) / 1e6 - clock.now()

/** Milliseconds on the machine's monotonic clock, the same for all its processes: deadlines are given on it. */
export function monotonicNow(): number {
  return originMs + clock.now()
}
