import type { Log } from '../base/log/index.ts'
import type { HostMemory } from '../base/memory/index.ts'
import type { Settings } from '../base/settings/index.ts'
import { Instance } from '../compute/instance/index.ts'
import { deriveHeapMb, launchNative, Translator } from '../compute/native/index.ts'
import {
  type FunctionVersion,
  InstanceSource,
  type NativeProgram,
  type UserLogLine,
} from '../compute/pool/index.ts'
import { failedProcess, type LaunchedProcess } from '../compute/process/index.ts'
import type { Sandbox } from '../compute/sandbox/index.ts'
import { RUNTIME_API } from './connections.ts'

/** What a process sees before it is assigned a function: enough for Node to start, nothing of the host's. */
const BARE_ENV = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/tmp', LANG: 'en_US.UTF-8', TZ: 'UTC' }
/** The share of an instance's memory at which Go collects harder; what is over the whole ends the instance. */
const GO_MEMORY_SHARE = 0.9

/** Instances in `sandbox`, of the runtime program or of programs of their own; what they log goes into the host's log. */
export function createInstanceSource(
  sandbox: Sandbox,
  program: string,
  settings: Settings,
  memory: HostMemory,
  log: Log,
): InstanceSource {
  const { limits } = settings
  let lastId = 0
  const translator = new Translator({
    heapMb: deriveHeapMb(limits.requestBodyBytes, limits.bufferedResponseBytes),
  })
  const toldOfBarePath = new Set<string>()
  const onLog = ({ level, text, ...rest }: UserLogLine): void =>
    log[level]({ event: 'user.log', ...rest }, text)
  const start = (launch: (id: string) => LaunchedProcess): Instance => {
    const id = `i${++lastId}`
    return new Instance({ id, process: launchOrFail(() => launch(id)), limits, onLog })
  }
  const startNode = (version?: FunctionVersion): Instance =>
    start(() =>
      sandbox.launch({
        node: version?.node ?? process.execPath,
        program,
        memoryMb: version?.limits.memoryMb ?? limits.memoryMb,
        env: BARE_ENV,
        functionEnv: version?.startEnv,
        network: version?.network ?? 'all',
      }),
    )
  const startProgram = (version: FunctionVersion, { entry, hasVariables }: NativeProgram): Instance =>
    start((id) =>
      launchNative({
        launch: sandbox.launch,
        translator,
        rootPath: version.folder,
        entry,
        memoryMb: version.limits.memoryMb,
        env: BARE_ENV,
        functionEnv: toProgramEnv(version, id),
        network: version.network,
        listener: { ...RUNTIME_API, memory },
        acceptsBarePath: !hasVariables,
        onBarePath(isAccepted) {
          if (toldOfBarePath.has(version.id)) return
          toldOfBarePath.add(version.id)
          log.warn(
            { event: 'native.bare_path', functionName: version.name, deployId: version.deployId },
            isAccepted ? BARE_PATH : BARE_PATH_REFUSED,
          )
        },
      }),
    )
  return new InstanceSource({
    blanks: limits.blanks,
    startBlank: () => startNode(),
    startFor: (version) =>
      version.program === undefined ? startNode(version) : startProgram(version, version.program),
    isPlain: ({ limits: { memoryMb }, startEnv, network, node, program: own }) =>
      node === undefined &&
      own === undefined &&
      memoryMb === limits.memoryMb &&
      network === 'all' &&
      Object.keys(startEnv).length === 0,
  })
}

/** A sandbox that cannot launch (no network to cut, no room on the disk) costs the instance, not the host. */
function launchOrFail(launch: () => LaunchedProcess): LaunchedProcess {
  try {
    return launch()
  } catch (error) {
    return failedProcess(error as Error)
  }
}

const BARE_PATH =
  'The runtime client of this function leaves out the path in AWS_LAMBDA_RUNTIME_API: other processes of this machine could take its invocations.'
const BARE_PATH_REFUSED =
  'The runtime client of this function leaves out the path in AWS_LAMBDA_RUNTIME_API, which tells Roost who it is. Roost rejects its requests, because other processes could read the variables of the function. Use a client that keeps the path, or give the function no variables.'

/** All of it at once: a program is started for its function (runtime.md §11.4). */
function toProgramEnv({ assignment, limits }: FunctionVersion, id: string): Record<string, string> {
  return {
    GOMEMLIMIT: `${Math.floor(limits.memoryMb * GO_MEMORY_SHARE)}MiB`,
    ...assignment.env,
    AWS_LAMBDA_LOG_GROUP_NAME: assignment.functionName,
    AWS_LAMBDA_LOG_STREAM_NAME: id,
    _HANDLER: 'bootstrap',
  }
}
