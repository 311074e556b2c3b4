import type { Log } from '../base/log/index.ts'
import type { Settings } from '../base/settings/index.ts'
import { Instance, type LaunchedProcess, launchProcess } from '../compute/instance/index.ts'
import type { FunctionVersion, UserLogLine } from '../compute/pool/index.ts'

/** What a process sees before it is assigned a function: enough for Node to start, nothing of the host's. */
const BARE_ENV = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'en_US.UTF-8', TZ: 'UTC' }

/** Starts instances of the runtime program and writes what they log into the host's log. */
export function createInstanceStarter(
  program: string,
  settings: Settings,
  log: Log,
): (version: FunctionVersion) => Instance {
  let lastId = 0
  const onLog = ({ level, text, ...rest }: UserLogLine): void =>
    log[level]({ event: 'user.log', ...rest }, text)
  return (version) => {
    const process: LaunchedProcess = launchProcess({
      node: globalThis.process.execPath,
      program,
      memoryMb: version.limits.memoryMb,
      env: { ...BARE_ENV, ...version.startEnv },
      network: version.network,
    })
    return new Instance({ id: `i${++lastId}`, process, limits: settings.limits, onLog })
  }
}
