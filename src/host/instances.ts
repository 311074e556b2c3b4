import type { Log } from '../base/log/index.ts'
import type { Settings } from '../base/settings/index.ts'
import { Instance } from '../compute/instance/index.ts'
import { type FunctionVersion, InstanceSource, type UserLogLine } from '../compute/pool/index.ts'
import type { Sandbox } from '../compute/sandbox/index.ts'

/** What a process sees before it is assigned a function: enough for Node to start, nothing of the host's. */
const BARE_ENV = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/tmp', LANG: 'en_US.UTF-8', TZ: 'UTC' }

/** Instances of the runtime program in `sandbox`; what they log goes into the host's log. */
export function createInstanceSource(
  sandbox: Sandbox,
  program: string,
  settings: Settings,
  log: Log,
): InstanceSource {
  const { limits } = settings
  const node = process.execPath
  let lastId = 0
  const onLog = ({ level, text, ...rest }: UserLogLine): void =>
    log[level]({ event: 'user.log', ...rest }, text)
  const start = (
    memoryMb: number,
    startEnv: FunctionVersion['startEnv'],
    network: 'all' | 'none',
  ): Instance =>
    new Instance({
      id: `i${++lastId}`,
      process: sandbox.launch({ node, program, memoryMb, env: { ...BARE_ENV, ...startEnv }, network }),
      limits,
      onLog,
    })
  return new InstanceSource({
    blanks: limits.blanks,
    startBlank: () => start(limits.memoryMb, {}, 'all'),
    startFor: ({ limits: { memoryMb }, startEnv, network }) => start(memoryMb, startEnv, network),
    isPlain: ({ limits: { memoryMb }, startEnv, network }) =>
      memoryMb === limits.memoryMb && network === 'all' && Object.keys(startEnv).length === 0,
  })
}
