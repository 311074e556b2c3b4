// `npm run soak`: what takes too long for every change. Every step runs, whatever those before it said.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

interface Step {
  name: string
  command: [string, ...string[]]
  env?: Record<string, string>
}

const HOUR_SECONDS = '3600'

const STEPS: Step[] = [
  {
    name: "the runtime's suites on every Node that functions can ask for",
    command: ['vitest', 'run', '--project', 'node-*'],
    env: { ROOST_TEST_NODES: '18,20,22,24,26' },
  },
  {
    name: 'an hour of chaos',
    command: ['vitest', 'run', '--project', 'heavy', 'test/heavy/chaos.test.ts'],
    env: { ROOST_CHAOS_SECONDS: process.env.ROOST_CHAOS_SECONDS ?? HOUR_SECONDS },
  },
  ...(['bubblewrap', 'process'] as const).map(
    (sandbox): Step => ({
      name: `ten minutes of attacks, sandbox ${sandbox}`,
      command: [
        process.execPath,
        fileURLToPath(new URL('attack.ts', import.meta.url)),
        ...['--sandbox', sandbox, '--seconds', process.env.ROOST_ATTACK_SECONDS ?? '600', '--latency'],
      ],
    }),
  ),
  {
    name: 'a million keys in the shared cache',
    command: ['vitest', 'run', '--project', 'heavy', 'test/heavy/http-cache.test.ts'],
    env: { ROOST_CACHE_KEYS: process.env.ROOST_CACHE_KEYS ?? '1000000' },
  },
  {
    name: 'an hour at half load, with flat memory',
    command: [process.execPath, fileURLToPath(new URL('soak/half-load.ts', import.meta.url))],
    env: { ROOST_SOAK_SECONDS: process.env.ROOST_SOAK_SECONDS ?? HOUR_SECONDS },
  },
]

const failed = STEPS.filter(({ name, command, env }) => {
  console.log(`\n== ${name}`)
  const [program, ...args] = command
  const { status } = spawnSync(program, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  return status !== 0
})
for (const { name } of failed) console.error(`failed: ${name}`)
process.exitCode = failed.length > 0 ? 1 : 0
