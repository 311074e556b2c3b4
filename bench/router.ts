// `npm run bench:router [-- --rounds 7 --routes 10000 --json]`: what one look-up costs among many routes, in nanoseconds.
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { createRouter, type RoutableFunction } from '../src/artifact/routes/index.ts'
import { createRandom, type Random } from '../test/helpers/random.ts'

interface Table {
  title: string
  /** The pattern of the route with this number. */
  pattern(i: number): string
  /** A path that the route with this number answers, or nobody. */
  path(i: number): string
  /** Whether a route answers. Checked before anything is measured. */
  isHit: boolean
}

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

const mixed = (i: number): string =>
  [`/page/${i}`, `/shop${i}/:id`, `/api/v1/:tenant/thing${i}`, `/docs/topic${i}/*`][i % 4]!
const TABLES: Table[] = [
  { title: 'literals', pattern: (i) => `/page/${i}`, path: (i) => `/page/${i}`, isHit: true },
  { title: 'literals, misses', pattern: (i) => `/page/${i}`, path: (i) => `/other/${i}`, isHit: false },
  {
    title: 'patterns with a literal first segment each',
    pattern: (i) => `/shop${i}/:category/:id`,
    path: (i) => `/shop${i}/shoes/4711`,
    isHit: true,
  },
  {
    title: 'the same, misses',
    pattern: (i) => `/shop${i}/:category/:id`,
    path: (i) => `/shop${i}/shoes`,
    isHit: false,
  },
  {
    title: 'patterns behind one prefix, told apart behind it',
    pattern: (i) => `/api/v1/thing${i}/:id`,
    path: (i) => `/api/v1/thing${i}/4711`,
    isHit: true,
  },
  {
    title: 'patterns behind one prefix, told apart behind a parameter',
    pattern: (i) => `/api/v1/:tenant/thing${i}`,
    path: (i) => `/api/v1/acme/thing${i}`,
    isHit: true,
  },
  {
    title: 'the same, misses',
    pattern: (i) => `/api/v1/:tenant/thing${i}`,
    path: (i) => `/api/v1/acme/other${i}`,
    isHit: false,
  },
  {
    title: 'patterns that begin with a parameter',
    pattern: (i) => `/:tenant/thing${i}`,
    path: (i) => `/acme/thing${i}`,
    isHit: true,
  },
  {
    title: 'a slash at the end, for which each route is tried twice',
    pattern: (i) => `/api/v1/:tenant/thing${i}/*`,
    path: (i) => `/api/v1/acme/thing${i}/`,
    isHit: true,
  },
  {
    title: 'a mix, hits',
    pattern: mixed,
    path: (i) => mixed(i).replace(/:\w+|\*/g, 'acme'),
    isHit: true,
  },
  { title: 'a mix, misses', pattern: mixed, path: (i) => `/nobody/knows/${i}`, isHit: false },
]

const results = TABLES.map((table) => ({ scenario: table.title, ...measure(table) }))
if (flags.json) console.log(JSON.stringify({ node: process.version, routes, rounds, results }, null, 2))
else {
  console.log(
    `\nLook-ups among ${routes} routes: medians over ${rounds} rounds, Node ${process.version}, ${cpus()[0]?.model}\n`,
  )
  const width = Math.max(...results.map(({ scenario }) => scenario.length))
  for (const { scenario, medianNs, worstNs, buildMs } of results)
    console.log(
      `${scenario.padEnd(width)}  ${format(medianNs)} ns  worst round ${format(worstNs)} ns  table built in ${format(buildMs)} ms${medianNs > TARGET_NS ? '  OVER THE TARGET' : ''}`,
    )
}
if (results.some(({ medianNs }) => medianNs > TARGET_NS)) process.exitCode = 1

function measure(table: Table): { medianNs: number; worstNs: number; buildMs: number } {
  const start = performance.now()
  const router = createRouter(
    Array.from({ length: routes }, (_, i) => toFunction(`fn${i}`, table.pattern(i))),
    { hasStatic: () => false },
  )
  const buildMs = performance.now() - start
  const random: Random = createRandom(1)
  const paths = random.list(PATHS, PATHS, () => table.path(random.below(routes)))
  for (const path of paths)
    if ((router.find('GET', path) !== undefined) !== table.isHit)
      throw new Error(`${table.title}: ${path} ${table.isHit ? 'finds nothing' : 'finds a function'}`)
  const samples: number[] = []
  for (let round = 0; round <= rounds; round++) {
    let count = 0
    const begin = process.cpuUsage()
    const until = performance.now() + ROUND_MS
    while (performance.now() < until) for (let i = 0; i < 64; i++) router.find('GET', paths[count++ % PATHS]!)
    const { user, system } = process.cpuUsage(begin)
    // Time of the processor, not of the clock, which runs for others too. The first round is the compiler's.
    if (round > 0) samples.push(((user + system) * 1000) / count)
  }
  samples.sort((a, b) => a - b)
  return { medianNs: samples[samples.length >> 1]!, worstNs: samples.at(-1)!, buildMs }
}

function toFunction(name: string, pattern: string): RoutableFunction {
  return { name, priority: 10, routes: [{ pattern, methods: [] }], excludedRoutes: [] }
}

function format(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 0 }).padStart(9)
}
