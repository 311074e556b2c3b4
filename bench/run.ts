// `npm run bench [-- --rounds 3 --seconds 4 --only hello-get --json]`: Roost against the floor, bare node:http, in
// one run. In every round all targets are up and are measured in turn, so that a noisy minute hits all alike.
// What the figures mean: bench/README.md.
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { type Figures, formatTable, type Row, summarize } from './figures.ts'
import { findLoadTool } from './load.ts'
import { loadScenarios, type Scenario, type Tools } from './scenario.ts'
import { DEFAULT_TARGETS, startTarget, TARGETS, type Target, type TargetName } from './targets.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    only: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
  },
})
const rounds = readCount('rounds', flags.rounds)
const tools: Tools = { load: findLoadTool(), seconds: readCount('seconds', flags.seconds) }
const scenarios = await loadScenarios(flags.only.flatMap((names) => names.split(',')))

const rows = new Map<string, Row>()
for (let round = 0; round < rounds; round++) {
  for (const [name, scenario] of scenarios) {
    console.error(`round ${round + 1} of ${rounds}: ${name}`)
    for (const [target, figures] of await measureRound(scenario, round)) {
      const key = `${name} ${target}`
      const row = rows.get(key) ?? { scenario: scenario.title, target: TARGETS[target].title, samples: [] }
      row.samples.push(figures)
      rows.set(key, row)
    }
  }
}
print([...rows.values()])

/** Measures each target of a scenario once and relates it to the floor of the same round. */
async function measureRound(scenario: Scenario, round: number): Promise<Map<TargetName, Figures>> {
  const names = scenario.targets ?? DEFAULT_TARGETS
  const targets: Target[] = []
  const figures = new Map<TargetName, Figures>()
  try {
    for (const name of names) targets.push(await startTarget(name))
    for (const target of rotate(targets, round))
      figures.set(target.name, await scenario.measure(target, tools))
  } finally {
    await Promise.all(targets.map((target) => target.stop()))
  }
  for (const name of ['perSecond', 'mbPerSecond'] as const) {
    const floor = figures.get('floor')?.[name]
    if (floor === undefined) continue
    for (const each of figures.values()) if (each[name] !== undefined) each.ratio = each[name] / floor
  }
  return new Map(names.map((name) => [name, figures.get(name)!]))
}

/** Another target begins in each round: whoever comes first finds another machine than whoever comes last. */
function rotate<T>(list: T[], by: number): T[] {
  const at = by % list.length
  return [...list.slice(at), ...list.slice(0, at)]
}

function print(all: Row[]): void {
  const machine = {
    node: process.version,
    cores: cpus().length,
    cpu: cpus()[0]?.model,
    load: tools.load.name,
  }
  if (flags.json) {
    const results = all.map((row) => ({ ...row, median: summarize(row.samples) }))
    console.log(JSON.stringify({ machine, rounds, seconds: tools.seconds, results }, null, 2))
    return
  }
  console.log(`
Roost against bare node:http: medians over ${rounds} x ${tools.seconds} s
Node ${machine.node}, ${machine.cores} cores, load from ${machine.load}

${formatTable(all)}`)
}

function readCount(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name} is a whole number from 1, not "${text}"`)
  return value
}
