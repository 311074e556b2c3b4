// `npm run bench:build [-- --rounds 5 --sizes 1,20,100 --kinds own,packages --json]`: Roost's builds against Netlify's
// bundler and bare esbuild, in one run. In every round all tools are measured in turn, each in fresh processes on a
// fresh project, and each round begins with another. What the figures mean: bench/README.md.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { measure, SCRATCH } from './measure.ts'
import type { Kind } from './project.ts'
import { formatRows, formatTargets, type Row } from './report.ts'
import { TOOLS, type Tool, type ToolName } from './tools.ts'

const EDITS = 3

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    sizes: { type: 'string', default: '1,20,100' },
    kinds: { type: 'string', default: 'own,packages' },
    json: { type: 'boolean', default: false },
  },
})
const rounds = Number(flags.rounds)
const sizes = flags.sizes.split(',').map(Number)
const kinds = flags.kinds.split(',') as Kind[]

installPeers()
execFileSync('npm', ['run', '--silent', 'build'], {
  cwd: fileURLToPath(new URL('../..', import.meta.url)),
  stdio: ['ignore', 'ignore', 'inherit'],
})

const rows: Row[] = []
for (let round = 0; round < rounds; round++)
  for (const kind of kinds)
    for (const functions of sizes) {
      console.error(`round ${round + 1} of ${rounds}: ${functions} ${kind}`)
      const tools = (Object.entries(TOOLS) as [ToolName, Tool][]).filter(([, tool]) =>
        tool.kinds.includes(kind),
      )
      for (const [tool, how] of rotate(tools, round))
        findRow(kind, functions, tool).samples.push(await measure(how, kind, functions, EDITS))
    }

if (flags.json) console.log(JSON.stringify({ machine: describeMachine(), rounds, rows }, null, 2))
else
  console.log(`
Medians over ${rounds} rounds, in brackets how many times Roost's. ${describeMachine()}

${formatRows(rows)}

${formatTargets(rows)}`)

/** In the order of the table, whoever is measured first. */
function findRow(kind: Kind, functions: number, tool: ToolName): Row {
  if (!rows.some((row) => row.kind === kind && row.functions === functions))
    for (const name of Object.keys(TOOLS) as ToolName[])
      if ((TOOLS[name].kinds as readonly Kind[]).includes(kind))
        rows.push({ kind, functions, tool: name, samples: [] })
  return rows.find((row) => row.kind === kind && row.functions === functions && row.tool === tool)!
}

/** Netlify's bundler comes when it is first needed: nobody else has to install it. */
function installPeers(): void {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  if (existsSync(`${folder}node_modules/@netlify/zip-it-and-ship-it`)) return
  console.error('installing what is measured against into bench/build/node_modules')
  execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

function rotate<T>(list: readonly T[], by: number): T[] {
  const at = by % list.length
  return [...list.slice(at), ...list.slice(0, at)]
}

function describeMachine(): string {
  return `Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model}), projects in ${SCRATCH}.`
}
