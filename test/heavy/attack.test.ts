import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { runAttack } from '../attack/run-attack.ts'
import type { StageOptions } from '../attack/stage.ts'

// Everything at once, from outside and from inside functions, beside an innocent neighbour (D131). Ten minutes of it
// are in `npm run soak`, which also looks at the neighbour's latency.

/** Seconds for all three together. */
const SECONDS = Number(process.env.ROOST_ATTACK_SECONDS ?? 60)
const SEED = Number(process.env.ROOST_ATTACK_SEED ?? Date.now() % 1_000_000)

const isRoot = process.getuid?.() === 0
const hasBubblewrap = spawnSync('bwrap', ['--version']).status === 0

const STAGES: (StageOptions & { why?: string })[] = [
  {
    sandbox: 'bubblewrap',
    isOrdinaryUser: !isRoot,
    ...(!hasBubblewrap && { why: 'bubblewrap is not installed' }),
  },
  { sandbox: 'process', isOrdinaryUser: !isRoot },
  {
    sandbox: 'bubblewrap',
    isOrdinaryUser: true,
    ...(!hasBubblewrap && { why: 'bubblewrap is not installed' }),
    ...(!isRoot && { why: 'this is what the first one has shown: the suite does not run as root' }),
  },
]

describe.each(STAGES)('attacked, sandbox $sandbox, ordinary user $isOrdinaryUser', ({ why, ...options }) => {
  if (why !== undefined) console.log(`attack not run: ${why}`)

  it.skipIf(why !== undefined)(
    `the neighbour is served, and nothing is left (seed ${SEED})`,
    { timeout: SECONDS * 1000 + 300_000 },
    async () => {
      const said: string[] = []
      const report = await runAttack({
        ...options,
        seconds: SECONDS / STAGES.length,
        seed: SEED,
        say: (text) => said.push(text),
      })
      console.log(`attack, seed ${SEED}:`, report)
      expect(report.problems, `in this order: ${said.join('; ')}`).toEqual([])
    },
  )
})
