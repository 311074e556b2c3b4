// `npm run soak`: what takes too long for every change. Every step runs, whatever those before it said.
import { spawnSync } from 'node:child_process'

interface Step {
  name: string
  args: string[]
  env?: Record<string, string>
}

const HOUR_SECONDS = '3600'

const STEPS: Step[] = [
  {
    name: "the runtime's suites on every Node that functions can ask for",
    args: ['run', '--project', 'node-*'],
    env: { ROOST_TEST_NODES: '18,20,22,24,26' },
  },
  {
    name: 'an hour of chaos',
    args: ['run', '--project', 'real', 'test/e2e/chaos.test.ts'],
    env: { ROOST_CHAOS_SECONDS: process.env.ROOST_CHAOS_SECONDS ?? HOUR_SECONDS },
  },
]

const failed = STEPS.filter(({ name, args, env }) => {
  console.log(`\n== ${name}`)
  const { status } = spawnSync('vitest', args, { stdio: 'inherit', env: { ...process.env, ...env } })
  return status !== 0
})
for (const { name } of failed) console.error(`failed: ${name}`)
process.exitCode = failed.length > 0 ? 1 : 0
