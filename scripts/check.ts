// `npm run check`: every gate that needs no real server, in the order in which they fail fastest.
import { spawnSync } from 'node:child_process'

const STEPS: [name: string, command: string, ...args: string[]][] = [
  ['format and lint', 'biome', 'check', '--error-on-warnings', '.'],
  ['format of Markdown', 'node', 'scripts/markdown.ts', '--check'],
  ['import arrows', 'node', 'scripts/check-arrows.ts'],
  ['types', 'tsc', '--noEmit'],
  ['types of the tour', 'tsc', '-p', 'examples/tour'],
  ['types of the notes', 'tsc', '-p', 'examples/notes'],
  ['types of the site', 'tsc', '-p', 'examples/site'],
  ['unit and contract tests', 'vitest', 'run', '--project', 'fast'],
]

for (const [name, command, ...args] of STEPS) {
  console.log(`\n== ${name}`)
  const { status } = spawnSync(command, args, { stdio: 'inherit' })
  if (status !== 0) {
    console.error(`\n${name}: failed`)
    process.exit(status ?? 1)
  }
}
