import { setTimeout as sleep } from 'node:timers/promises'
import { findInstances, readPrivateMb, readTreePssMb } from '../processes.ts'
import type { Scenario } from '../scenario.ts'
import { timeCall } from '../time-call.ts'

const SETTLE_MS = 2000

/** A host that has started from a built artifact and does nothing; then one function's instance after a call. */
const scenario: Scenario = {
  title: 'idle host, two blanks',
  targets: ['prebuilt'],
  async measure(target) {
    await sleep(SETTLE_MS)
    const pssMb = readTreePssMb(target.pid)
    const blanks = new Set(findInstances(target.pid))
    await timeCall({ url: target.functionUrl('cold-01'), method: 'GET' })
    await sleep(SETTLE_MS)
    // The blank that was taken is an instance now, and another one has come in its place.
    const instances = findInstances(target.pid).filter((pid) => blanks.has(pid))
    return { readyMs: target.readyMs, pssMb, instanceMb: Math.max(...instances.map(readPrivateMb)) }
  },
}
export default scenario
