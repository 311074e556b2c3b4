import { runAttack } from '../../test/attack/run-attack.ts'
import type { Scenario } from '../scenario.ts'

const SECONDS = 10

/** The innocent requests of test/attack, alone and while everything that the project knows is done to their host. */
const scenario: Scenario = {
  title: 'a neighbour under attack',
  // A host of its own, started for this: the one of that name is idle meanwhile.
  targets: ['neighbours'],
  async measure() {
    const { quiet, attacked } = await runAttack({
      sandbox: 'bubblewrap',
      isOrdinaryUser: false,
      seconds: SECONDS,
      seed: Date.now() % 1_000_000,
      say: () => undefined,
    })
    return { quietP99: quiet.p99, besideP99: attacked.p99 }
  },
}
export default scenario
