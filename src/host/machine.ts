import { totalmem } from 'node:os'
import { join } from 'node:path'
import type { Artifact } from '../artifact/manifest/index.ts'
import { locateDataDir, MIB, monotonicNow } from '../base/lib/index.ts'
import type { Log } from '../base/log/index.ts'
import { createHostMemory, type HostMemory } from '../base/memory/index.ts'
import type { Settings } from '../base/settings/index.ts'
import { createPool, type InstanceSource, type Pool } from '../compute/pool/index.ts'
import { openSandbox, type Sandbox } from '../compute/sandbox/index.ts'
import { HttpCache } from '../gateway/cache/index.ts'
import { FileDelivery } from '../gateway/static/index.ts'
import { type BackgroundRun, createBackgroundRuns } from '../jobs/background/index.ts'
import type { MemoryQueue } from '../jobs/queue/index.ts'
import { AnswerDisk, AnswerStore } from '../platform/answers/index.ts'
import type { OnNote } from './artifact.ts'
import { type ConnectionShares, divideConnections } from './connections.ts'
import type { Counts } from './counts.ts'
import { prepareDataDir } from './folders.ts'
import { type FunctionServices, openFunctionServices } from './function-services.ts'
import { createInstanceSource } from './instances.ts'
import {
  describeSandbox,
  describeWithheld,
  hidesEnvironments,
  type MachineFeatures,
} from './machine-features.ts'
import { prepareNodes } from './nodes.ts'
import type { StopOrder } from './stop-order.ts'

// What lives as long as the machine serves, whichever sites come and go: it opens in three steps, since the sandbox has to
// know the files of the first build, and a build is not to be waited for when the data folder is broken.

/** What is kept and shared: the data folder with its store, the memory for bodies and answers, Blobs and cache of functions, what is known of static files. */
export interface Machine {
  readonly settings: Settings
  readonly log: Log
  readonly dataDir: string
  readonly memory: HostMemory
  readonly connections: ConnectionShares
  readonly answers: AnswerStore
  /** Undefined: `--no-cache`. */
  readonly httpCache: HttpCache | undefined
  readonly services: FunctionServices
  readonly files: FileDelivery
}

/** @throws DATA_DIR_INVALID, STORE_FAILED, SETTING_INVALID */
export async function openMachine(
  { settings, log, dir, dataDir: given }: { settings: Settings; log: Log; dir: string; dataDir?: string },
  stops: StopOrder,
): Promise<Machine> {
  const dataDir = prepareDataDir(locateDataDir(dir, given))
  const memory = createHostMemory(settings.limits, { clock: monotonicNow, log })
  const connections = divideConnections(settings.limits)
  const answers = new AnswerStore({ maxBytes: settings.limits.cacheBytes })
  const httpCache = openHttpCache(settings, answers, dataDir, log)
  const services = await openFunctionServices({
    dataDir,
    settings,
    answers,
    httpCache,
    memory,
    connections: connections.services,
    log,
  })
  stops.opened('services', {
    async destroy() {
      await services.close()
      await httpCache?.close()
    },
  })
  const files = new FileDelivery({
    ...(settings.compress && {
      copies: { dir: join(dataDir, 'encoded'), maxBytes: settings.limits.encodedBytes, log },
    }),
  })
  stops.opened('files', { destroy: () => files.close() })
  return { settings, log, dataDir, memory, connections, answers, httpCache, services, files }
}

function openHttpCache(
  { cache, limits }: Settings,
  answers: AnswerStore,
  dataDir: string,
  log: Log,
): HttpCache | undefined {
  if (!cache) return undefined
  const maxBytes = limits.cacheDiskBytes
  const disk =
    maxBytes === 0 ? undefined : new AnswerDisk({ dir: join(dataDir, 'http-cache'), maxBytes, log })
  return new HttpCache(answers, disk)
}

/** Where instances run. */
export interface Equipment {
  readonly sandbox: Sandbox
  readonly features: MachineFeatures
}

export interface EquipmentOptions {
  artifact: Artifact
  /** The program that runs in instances. */
  program: string
  functionEnv: Readonly<Record<string, string>>
  hostEnv?: Readonly<Record<string, string | undefined>>
  /** Nodes are kept for all projects of this user as well. */
  sharesNodes: boolean
  onNote: OnNote
}

/** The Nodes that functions ask for, and the sandbox. @throws NODE_UNAVAILABLE, NODE_CORRUPT; what openSandbox throws */
export async function equipMachine(
  { settings, dataDir, log }: Machine,
  { artifact, program, functionEnv, hostEnv = {}, sharesNodes, onNote }: EquipmentOptions,
  stops: StopOrder,
): Promise<Equipment> {
  const { functions } = artifact.manifest
  const nodes = await prepareNodes(functions, {
    dir: join(dataDir, 'node'),
    isCached: sharesNodes,
    hostEnv,
    onNote,
  })
  const sandbox = await openSandbox({
    setting: settings.sandbox,
    scratchDir: join(dataDir, 'instances'),
    sharedPaths: [process.execPath, program, artifact.dir, ...nodes.values()],
    log,
  })
  stops.opened('sandbox', { destroy: () => sandbox.close() })
  const features = { nodes, hidesEnvironments: hidesEnvironments(sandbox) }
  for (const note of sandbox.notes) onNote(note, 'detail')
  for (const note of describeWithheld(functions, functionEnv, features)) onNote(note)
  describeSandbox(sandbox, onNote)
  return { sandbox, features }
}

/** What runs functions: the pool for requests, and over it the background runs. */
export interface Compute {
  readonly source: InstanceSource
  readonly pool: Pool
  readonly runs: MemoryQueue<BackgroundRun>
}

/** The share of the machine's memory that instances may take together, unless the operator says otherwise. */
const MEMORY_SHARE = 0.75

/** What of a machine instances have to do with. */
export interface ComputeGround extends Pick<Machine, 'settings' | 'memory' | 'log'> {
  readonly services: Pick<FunctionServices, 'onAssign' | 'onInstanceExit'>
}

/** No process is started before `source.open()` or the first call. */
export function openCompute(
  { settings, memory, services, log }: ComputeGround,
  { sandbox, program, counts }: { sandbox: Sandbox; program: string; counts: Counts },
  stops: StopOrder,
): Compute {
  const { limits } = settings
  const source = createInstanceSource(sandbox, program, settings, memory, log)
  const pool = createPool({
    source,
    onInstanceExit: (functionName, reason, instanceId) => {
      counts.metrics?.onInstanceExit(functionName, reason)
      services.onInstanceExit(instanceId)
    },
    onAssign: services.onAssign,
    maxInstances: limits.instancesPerHost,
    busyNice: limits.busyNice,
    maxMemoryMb: limits.hostMemoryMb || (totalmem() / MIB) * MEMORY_SHARE,
    clock: monotonicNow,
    log,
  })
  stops.opened('pool', pool)
  counts.measure(() => ({ ...pool.stats(), blanks: source.ready }))
  const runs = createBackgroundRuns(pool, limits, monotonicNow, log)
  stops.opened('background runs', {
    close: () => runs.close(),
    // Nobody waits: the pool, which is next, ends what runs.
    destroy: () => void runs.close(),
  })
  return { source, pool, runs }
}
