// `npm run soak`, second step: half of what the machine can take, for an hour, with everything that a site does in it. Memory
// is read all along; it fails when it is not flat, and prints what it was either way.
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readTreePssMb } from '../../bench/processes.ts'
import { INSPECTED, readVitals } from '../../test/helpers/host-vitals.ts'
import { readProc } from '../../test/helpers/process-tree.ts'
import { type Roost, startRoost } from '../../test/helpers/roost.ts'
import { findGrowth, type Sample } from './flatness.ts'

const SECONDS = Number(process.env.ROOST_SOAK_SECONDS ?? 3600)
const SAMPLES = 60
const CONNECTIONS = 16
/** How long the full load is measured of which half is taken. */
const MEASURE_MS = 10_000
/** Some forty processes and their heaps need so long to find their size: what they take meanwhile is not a leak. */
const WARM_UP_MS = 120_000
const PROJECT = fileURLToPath(new URL('../../test/fixtures/chaos', import.meta.url))
/** What ten requests ask for. */
const MIX = ['hello', 'hello', 'hello', 'hello', 'echo', 'echo', 'stream', 'whole', 'after', 'file'] as const
const BODY = 'x'.repeat(1000)

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })

await using roost = await startRoost(['serve', PROJECT, '--log-level', 'error'], {
  nodeArgs: INSPECTED,
  env: { ROOST_PORT: '0' },
})
const full = await load(MEASURE_MS, Number.POSITIVE_INFINITY)
const target = full.perSecond / 2
console.log(`full load: ${full.perSecond.toFixed(0)} requests/s; half of it for ${SECONDS} s`)

await load(WARM_UP_MS, target)
const before = await readVitals(roost)
const samples: Sample[] = []
const halfLoad = load(SECONDS * 1000, target)
const startedMs = performance.now()
for (let nth = 1; nth <= SAMPLES; nth++) {
  await sleep(Math.max(0, startedMs + (nth / SAMPLES) * SECONDS * 1000 - performance.now()))
  const sample = takeSample(roost, (performance.now() - startedMs) / 1000)
  samples.push(sample)
  const { seconds, hostMb, treeMb } = sample
  console.log(
    `${seconds.toFixed(0).padStart(5)} s  host ${hostMb.toFixed(1)} MB, all ${treeMb.toFixed(1)} MB`,
  )
}
const half = await halfLoad
const after = await readVitals(roost)
console.log(`half load: ${half.perSecond.toFixed(0)} requests/s, ${half.failed} failed of ${half.requests}`)
console.log('vitals before and after:', { before, after })

const problems = [
  ...findGrowth(samples),
  ...(half.failed > 0 ? [`${half.failed} requests failed`] : []),
  ...(after.heapMb > before.heapMb + 4 ? ['the heap of the host has grown by more than 4 MB'] : []),
  ...(after.listeners > before.listeners ? ['listeners are left'] : []),
  ...(after.zombies > 0 ? ['zombies are left'] : []),
]
for (const problem of problems) console.error(`not flat: ${problem}`)
process.exitCode = problems.length > 0 ? 1 : 0
agent.destroy()

interface Load {
  requests: number
  failed: number
  perSecond: number
}

/** Requests at an even pace, of which each connection has its share; one that falls behind does not catch up. */
async function load(durationMs: number, perSecond: number): Promise<Load> {
  const end = performance.now() + durationMs
  const gapMs = (1000 * CONNECTIONS) / perSecond
  const counts = { requests: 0, failed: 0 }
  const connections = Array.from({ length: CONNECTIONS }, async (_, nth) => {
    let dueMs = performance.now() + (gapMs * nth) / CONNECTIONS
    for (let i = nth; performance.now() < end; i++) {
      if (gapMs > 0) await sleep(Math.max(0, dueMs - performance.now()))
      dueMs = Math.max(dueMs + gapMs, performance.now())
      counts.requests++
      if (!(await isAnswered(MIX[i % MIX.length]!))) counts.failed++
    }
  })
  await Promise.all(connections)
  return { ...counts, perSecond: (counts.requests / durationMs) * 1000 }
}

function isAnswered(kind: (typeof MIX)[number]): Promise<boolean> {
  const path = kind === 'file' ? '/file.txt' : `/.netlify/functions/${kind}`
  return new Promise((resolve) => {
    const call = request(
      `${roost.url}${path}`,
      { agent, method: kind === 'echo' ? 'POST' : 'GET' },
      (response) => {
        response.resume()
        response.on('close', () => resolve(response.statusCode === 200 && response.complete))
        response.on('error', () => resolve(false))
      },
    )
    call.on('error', () => resolve(false))
    call.end(kind === 'echo' ? BODY : undefined)
  })
}

function takeSample({ pid }: Roost, seconds: number): Sample {
  const hostKb = Number(/^Pss:\s+(\d+)/m.exec(readProc(`${pid}/smaps_rollup`))?.[1] ?? 0)
  return { seconds, hostMb: hostKb / 1024, treeMb: readTreePssMb(pid) }
}
