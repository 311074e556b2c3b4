import { createHash } from 'node:crypto'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import type { RoostError } from '../base/errors/index.ts'
import { MIB, monotonicNow } from '../base/lib/index.ts'
import type { AnsweredRequest } from '../base/log/index.ts'
import { createHostMemory } from '../base/memory/index.ts'
import type { Settings } from '../base/settings/index.ts'
import type { Artifact } from '../build/artifact/index.ts'
import { createPool } from '../compute/pool/index.ts'
import { openSandbox } from '../compute/sandbox/index.ts'
import { createNodeFront } from '../gateway/http/index.ts'
import { createGateway, type Site } from '../gateway/serve/index.ts'
import { AnswerStore } from '../platform/answers/index.ts'
import { readDeployFiles } from '../platform/blobs/index.ts'
import { type AdminListener, openAdmin } from './admin.ts'
import { type ArtifactOptions, type BuildInfo, checkProjectFolder, prepareArtifact } from './artifact.ts'
import { createBackgroundRuns } from './background.ts'
import { openCallers } from './callers.ts'
import { divideConnections } from './connections.ts'
import { toDeploy } from './deploy.ts'
import { describeFunction, describeGaps, type ServedFunction } from './describe.ts'
import { prepareDataDir } from './folders.ts'
import { openFunctionServices } from './function-services.ts'
import { createInstanceSource } from './instances.ts'
import { DEFAULT_PORT, listenOnFreePort } from './listen.ts'
import { describeWithheld, hidesEnvironments } from './machine.ts'
import { describeNetlifyOutput } from './netlify-build.ts'
import { nameNodes, prepareNodes } from './nodes.ts'
import { RestCollector } from './rest.ts'
import { locateRuntimeProgram } from './runtime-program.ts'
import { identifySite } from './site.ts'
import { openStaticFiles } from './static-files.ts'

export interface ServeOptions extends ArtifactOptions {
  settings: Settings
  /** This process's environment, for what concerns the host: which npm registry it uses. */
  hostEnv?: Readonly<Record<string, string | undefined>>
  /** Lines of `log` that could not be written so far. */
  lostLogLines?: () => number
  /** The request log: hears of every request once its response is over. */
  onAnswered?: (request: AnsweredRequest) => void
}

export interface Server {
  readonly url: string
  readonly functions: readonly ServedFunction[]
  readonly build: BuildInfo
  /** Nodes that functions asked for, beside this process's own: version → names of functions. */
  readonly nodes: ReadonlyMap<string, readonly string[]>
  /** The profile that keeps instances apart. */
  readonly sandbox: string
  /** Where the sources of what stacks name lie. */
  readonly sources: { artifactDir: string; roots: readonly string[] }
  /** What `allowBroken` left out. */
  readonly broken: readonly RoostError[]
  /** Finishes what runs and takes nothing new; idempotent. */
  close(): Promise<void>
  /** Ends everything at once; idempotent. */
  destroy(): Promise<void>
}

/** Of the machine's memory that instances may take together, unless the operator says otherwise. */
const MEMORY_SHARE = 0.75

/**
 * Builds a project and serves it for production. Resolves when a request would be answered.
 *
 * Stop order (`close`): the gateway stops listening and finishes its requests, then background runs end, then the
 * pool ends its instances, then their Blobs and cache are closed, then the sandbox is taken down. `destroy` does the
 * same without waiting for user code.
 *
 * @throws RoostError, RoostErrors: nothing is left running then.
 */
export async function serve(options: ServeOptions): Promise<Server> {
  const { dir, settings, log } = options
  await checkProjectFolder(options)
  const site = await identifySite(dir)
  const memory = createHostMemory(settings.limits, { clock: monotonicNow, log })
  const connections = divideConnections(settings.limits)
  const dataDir = prepareDataDir(options.dataDir ?? join(dir, '.netlify', 'roost', 'data'))
  const answers = new AnswerStore({ maxBytes: settings.limits.cacheBytes })
  // Before the build: nobody is to wait for one to hear that the data folder is broken.
  const services = await openFunctionServices({
    dataDir,
    site,
    siteUrl: () => url,
    settings,
    answers,
    memory,
    connections: connections.services,
    log,
  })
  await using onFailure = new AsyncDisposableStack()
  onFailure.defer(() => services.close())

  const [{ artifact, project, build, broken }, program] = await Promise.all([
    prepareArtifact(options),
    locateRuntimeProgram(),
  ])
  const staticSite = openStaticFiles(options, project)
  const deployFiles = await readDeployFiles(project.buildDir)
  const deployId = toDeployId(artifact, deployFiles?.digest)
  if (deployFiles !== undefined) await services.fillDeployStore(deployId, deployFiles)
  const isPrebuilt = options.prebuilt !== undefined
  for await (const note of describeNetlifyOutput(project, { isPrebuilt, deployFiles })) options.onNote(note)
  for (const note of describeGaps(artifact.manifest.functions, project)) options.onNote(note)

  const nodes = await prepareNodes(artifact.manifest.functions, {
    dir: join(dataDir, 'node'),
    isCached: options.dataDir === undefined,
    hostEnv: options.hostEnv ?? {},
    onNote: options.onNote,
  })
  const callers = await openCallers(settings, { log, onNote: options.onNote, siteUrl: () => url })
  const sandbox = await openSandbox({
    setting: settings.sandbox,
    scratchDir: join(dataDir, 'instances'),
    sharedPaths: [process.execPath, program, artifact.dir, ...nodes.values()],
    log,
  })
  for (const note of sandbox.notes) options.onNote(note, 'detail')
  const machine = { nodes, hidesEnvironments: hidesEnvironments(sandbox) }
  for (const note of describeWithheld(artifact.manifest.functions, options.functionEnv, machine))
    options.onNote(note)
  // The weakest profile is the one thing about a sandbox that everybody has to know.
  if (sandbox.profile === 'process')
    options.onNote(`Not isolated: ${sandbox.gaps[0]}. --verbose says what else is not prevented.`)
  options.onNote(
    `Sandbox: ${sandbox.profile}.${sandbox.gaps.map((gap) => `\n  Not prevented: ${gap}.`).join('')}\n  ${sandbox.bounds}.`,
    'detail',
  )
  // Counting costs a microsecond a request, and a library: only when somebody can read it.
  const counting = settings.adminPort === undefined ? undefined : await import('../base/metrics/index.ts')
  const source = createInstanceSource(sandbox, program, settings, memory, log)
  const pool = createPool({
    source,
    onInstanceExit: (functionName, reason, instanceId) => {
      metrics?.onInstanceExit(functionName, reason)
      services.onInstanceExit(instanceId)
    },
    onAssign: services.onAssign,
    maxInstances: settings.limits.instancesPerHost,
    busyNice: settings.limits.busyNice,
    maxMemoryMb: settings.limits.hostMemoryMb || (totalmem() / MIB) * MEMORY_SHARE,
    clock: monotonicNow,
    log,
  })
  const runs = createBackgroundRuns(pool, settings.limits, monotonicNow, log)
  let served: Site
  const gateway = createGateway({
    findSite: () => served,
    dispatch: (version, call, observer) => pool.dispatch(version, call, observer),
    background: (version, call) => runs.enqueue({ version, call }),
    limits: { ...settings.limits, connections: connections.public },
    memory,
    trustedHops: settings.trustedHops,
    showTraces: settings.showTraces,
    ...(options.onAnswered && { onAnswered: options.onAnswered }),
    ...(counting && { onFinish: (request) => metrics?.onRequest(request) }),
    onRefusal: (code) => metrics?.onRefusal(code),
    clock: monotonicNow,
    log,
    ...(settings.front === 'node' && { createFront: createNodeFront }),
  })
  const metrics = counting?.createMetrics(() => ({
    ...pool.stats(),
    blanks: source.ready,
    connections: gateway.stats().connections,
    lostLogLines: options.lostLogLines?.() ?? 0,
  }))
  let admin: AdminListener | undefined

  let url: string
  try {
    if (settings.adminPort !== undefined && metrics !== undefined) {
      admin = await openAdmin({
        port: settings.adminPort,
        dataDir,
        metrics,
        memory,
        limits: settings.limits,
      })
      options.onNote(`Admin: http://127.0.0.1:${admin.port}/metrics (token in ${admin.tokenFile})`, 'address')
    }
    const listening = await listenOnFreePort(gateway, settings)
    url = settings.url ?? listening.url
    if (settings.port === undefined && listening.port !== DEFAULT_PORT)
      options.onNote(`Port ${DEFAULT_PORT} is in use: listening on ${listening.port} instead.`)
    // Nothing is awaited between listening and this: no request can come before there is a deploy.
    const facts = { id: deployId, ...site, ...PRODUCTION, url }
    served = {
      deploy: toDeploy(artifact, facts, callers, options.functionEnv, settings, staticSite, machine, answers),
    }
  } catch (error) {
    await gateway.destroy()
    await pool.destroy()
    await admin?.close()
    await sandbox.close()
    throw error
  }
  onFailure.move()
  source.open()
  const rest = new RestCollector({
    isIdle: () => gateway.stats().openRequests === 0 && pool.stats().busy === 0,
  })

  const stop = once(async (isGentle: boolean) => {
    rest.close()
    if (isGentle) {
      await gateway.close()
      await runs.close()
      await pool.close()
    }
    await gateway.destroy()
    await pool.destroy()
    await services.close()
    await admin?.close()
    await sandbox.close()
  })
  return {
    url,
    functions: artifact.manifest.functions.map((fn) => describeFunction(fn, served.deploy.router)),
    build,
    nodes: nameNodes(artifact.manifest.functions, nodes),
    sandbox: sandbox.profile,
    sources: { artifactDir: artifact.dir, roots: [project.buildDir, project.repositoryRoot] },
    broken,
    close: () => stop(true),
    async destroy() {
      await Promise.all([gateway.destroy(), pool.destroy()])
      await stop(false)
    },
  }
}

/** What `roost serve` serves is for everybody. */
const PRODUCTION = { mode: 'production', context: 'production', isPublished: true } as const

/** The same files are the same deploy: 24 hexadecimal digits, as Netlify's are. */
function toDeployId(artifact: Artifact, blobsDigest = ''): string {
  const hash = createHash('sha256').update(blobsDigest)
  for (const fn of artifact.manifest.functions) hash.update(`${fn.name}\0${fn.digest}\0`)
  return hash.digest('hex').slice(0, 24)
}

function once<T extends unknown[]>(run: (...args: T) => Promise<void>): (...args: T) => Promise<void> {
  let result: Promise<void> | undefined
  return (...args) => (result ??= run(...args))
}
