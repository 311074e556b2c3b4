// `npm run attack`: every attack that the project knows, against one host with an innocent neighbour; see test/attack.
//   -- --seconds 60 --sandbox bubblewrap|process --ordinary-user --seed N --latency
import { parseArgs } from 'node:util'
import { runAttack } from '../test/attack/run-attack.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    sandbox: { type: 'string', default: 'bubblewrap' },
    'ordinary-user': { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    /** Also fail when the neighbour is slowed down: for a machine that does nothing else. */
    latency: { type: 'boolean', default: false },
  },
})
if (values.sandbox !== 'bubblewrap' && values.sandbox !== 'process')
  throw new Error(`--sandbox=${values.sandbox}: expected bubblewrap or process`)

console.log(`seed ${values.seed}`)
const startedMs = performance.now()
const report = await runAttack({
  seconds: Number(values.seconds),
  sandbox: values.sandbox,
  isOrdinaryUser: values['ordinary-user'],
  seed: Number(values.seed),
  say: (text) => console.log(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${text}`),
})
const { quiet, attacked, problems, ...rest } = report
console.log(rest)
console.log('neighbour, quiet and attacked:', quiet, attacked)
/** What a neighbour may lose by attacks: twice its quiet p99 and this much. */
const MARGIN_MS = 5
if (values.latency && attacked.p99 > 2 * quiet.p99 + MARGIN_MS)
  problems.push(
    `p99 of the neighbour: ${quiet.p99.toFixed(1)} ms quiet, ${attacked.p99.toFixed(1)} ms attacked`,
  )
for (const problem of problems) console.error(`attack: ${problem}`)
process.exitCode = problems.length > 0 ? 1 : 0
