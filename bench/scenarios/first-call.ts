import { setTimeout as sleep } from 'node:timers/promises'
import type { Scenario } from '../scenario.ts'
import { timeCall } from '../time-call.ts'

const FUNCTIONS = 20
/** Long enough for a blank that was taken to be replaced. */
const PAUSE_MS = 400

/** Functions that nobody has called, each called once. */
const scenario: Scenario = {
  title: 'first call of a function',
  targets: ['cold', 'coldBare'],
  async measure(target) {
    const times: number[] = []
    for (let i = 1; i <= FUNCTIONS; i++) {
      await sleep(PAUSE_MS)
      const url = target.functionUrl(`cold-${String(i).padStart(2, '0')}`)
      times.push(await timeCall({ url, method: 'GET' }))
    }
    return { firstCallMs: times.toSorted((a, b) => a - b)[FUNCTIONS / 2]! }
  },
}
export default scenario
