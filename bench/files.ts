// `npm run bench:files [-- --files 100000 --rounds 3]`: what a large publish directory costs at the start: how long the table of
// its files takes, the longest pause of the event loop meanwhile, and its memory. Once as folders of 100 files, once flat.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { createStaticSite } from '../src/gateway/static/index.ts'

const { values: flags } = parseArgs({
  options: { files: { type: 'string', default: '100000' }, rounds: { type: 'string', default: '3' } },
})
const files = Number(flags.files)
const rounds = Number(flags.rounds)
const collect = globalThis.gc
if (collect === undefined) throw new Error('start with --expose-gc')

for (const [layout, perFolder] of [
  ['folders of 100', 100],
  ['one folder', files],
] as const) {
  const dir = mkdtempSync(join(tmpdir(), 'roost-bench-files-'))
  try {
    writeFiles(dir, perFolder)
    const samples: Sample[] = []
    for (let round = 0; round < rounds; round++) samples.push(await measure(dir))
    const [ms, pauseMs, mb] = (['ms', 'pauseMs', 'mb'] as const).map((name) =>
      median(samples.map((each) => each[name])),
    )
    console.log(
      `${files} files, ${layout}: ${ms!.toFixed(0)} ms, longest pause ${pauseMs!.toFixed(0)} ms, ${mb!.toFixed(1)} MB of heap`,
    )
  } finally {
    rmSync(dir, { recursive: true })
  }
}

interface Sample {
  ms: number
  pauseMs: number
  mb: number
}

async function measure(dir: string): Promise<Sample> {
  collect!()
  const before = process.memoryUsage().heapUsed
  const pauses = monitorEventLoopDelay({ resolution: 1 })
  pauses.enable()
  const start = performance.now()
  const site = await createStaticSite({ dir })
  const ms = performance.now() - start
  pauses.disable()
  collect!()
  const mb = (process.memoryUsage().heapUsed - before) / 1024 ** 2
  if (site.size !== files) throw new Error(`${site.size} of ${files} files were found`)
  return { ms, pauseMs: pauses.max / 1e6, mb }
}

function writeFiles(dir: string, perFolder: number): void {
  for (let i = 0; i < files; i++) {
    const folder = join(dir, `section-${Math.floor(i / perFolder)}`)
    if (i % perFolder === 0) mkdirSync(folder)
    writeFileSync(join(folder, `article-number-${i}.html`), 'x')
  }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}
