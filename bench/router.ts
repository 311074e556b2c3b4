// `npm run bench:router [-- --rounds 7 --routes 10000 --json]`: what one look-up costs among many routes, or many rules, in
// nanoseconds.
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { createRandom, type Random } from '../test/helpers/random.ts'
import { ROUTE_TABLES } from './router/route-tables.ts'
import { RULE_TABLES } from './router/rule-tables.ts'
import type { Table } from './router/table.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    routes: { type: 'string', default: '10000' },
    json: { type: 'boolean', default: false },
  },
})
const rounds = Number(flags.rounds)
const routes = Number(flags.routes)
/** Paths that are asked for in turn: too many for the processor to learn by heart. */
const PATHS = 4096
const ROUND_MS = 200
const TARGET_NS = 5000

const TABLES = [...ROUTE_TABLES, ...RULE_TABLES]
const results = TABLES.map((table) => {
  const figures = measure(table)
  return { scenario: table.title, ...figures, isOver: figures.medianNs > (table.targetNs ?? TARGET_NS) }
})
if (flags.json) console.log(JSON.stringify({ node: process.version, routes, rounds, results }, null, 2))
else {
  console.log(
    `\nLook-ups among ${routes} routes or rules: medians over ${rounds} rounds, Node ${process.version}, ${cpus()[0]?.model}\n`,
  )
  const width = Math.max(...results.map(({ scenario }) => scenario.length))
  for (const { scenario, medianNs, worstNs, buildMs, isOver } of results)
    console.log(
      `${scenario.padEnd(width)}  ${format(medianNs)} ns  worst round ${format(worstNs)} ns  table built in ${format(buildMs)} ms${isOver ? '  OVER THE TARGET' : ''}`,
    )
}
if (results.some(({ isOver }) => isOver)) process.exitCode = 1

function measure(table: Table): { medianNs: number; worstNs: number; buildMs: number } {
  const start = performance.now()
  const count = table.count ?? routes
  const lookUp = table.create(count)
  const buildMs = performance.now() - start
  const random: Random = createRandom(1)
  const paths = random.list(PATHS, PATHS, () => table.path(random.below(count)))
  for (const path of paths)
    if (lookUp(path) !== table.isHit)
      throw new Error(`${table.title}: ${path} ${table.isHit ? 'finds nothing' : 'finds something'}`)
  const samples: number[] = []
  for (let round = 0; round <= rounds; round++) {
    let done = 0
    const begin = process.cpuUsage()
    const until = performance.now() + ROUND_MS
    while (performance.now() < until) for (let i = 0; i < 64; i++) lookUp(paths[done++ % PATHS]!)
    const { user, system } = process.cpuUsage(begin)
    // Time of the processor, not of the clock, which runs for others too. The first round is the compiler's.
    if (round > 0) samples.push(((user + system) * 1000) / done)
  }
  samples.sort((a, b) => a - b)
  return { medianNs: samples[samples.length >> 1]!, worstNs: samples.at(-1)!, buildMs }
}

function format(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 0 }).padStart(9)
}
