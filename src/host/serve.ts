import type { Explain } from '../api/admin/index.ts'
import { isProxy } from '../artifact/rules/index.ts'
import type { RoostError } from '../base/errors/index.ts'
import type { Settings } from '../base/settings/index.ts'
import type { Callers, Site } from '../gateway/functions/index.ts'
import type { AnsweredRequest } from '../observe/requests/index.ts'
import { type BuildInfo, findServedProject } from './artifact.ts'
import { openCallers } from './callers.ts'
import { openCounts } from './counts.ts'
import { describeFunction, type ServedFunction } from './describe.ts'
import { openAdminEdge, openPublicEdge, type PublicEdge } from './edges.ts'
import { writeHostFile } from './host-file.ts'
import { type Compute, type Equipment, equipMachine, openCompute, openMachine } from './machine.ts'
import { nameNodes } from './nodes.ts'
import { openRest } from './rest.ts'
import { locateRuntimeProgram } from './runtime-program.ts'
import { type PreparedSite, prepareSite, type SiteOptions } from './site.ts'
import { SiteTable } from './site-table.ts'
import { StopOrder } from './stop-order.ts'

export interface ServeOptions extends Omit<SiteOptions, 'context' | 'deploy'> {
  settings: Settings
  /** This process's environment, for what concerns the host: which npm registry it uses. */
  hostEnv?: Readonly<Record<string, string | undefined>>
  /** Lines of `log` that could not be written so far. */
  lostLogLines?: () => number
  /** The request log: hears of every request once its response is over. */
  onAnswered?: (request: AnsweredRequest) => void
}

export interface HostOptions extends ServeOptions, SiteOptions {
  /** What functions are told of whoever calls; left out: what the settings say. */
  callers?: Callers
}

/** What `roost serve` serves is for everybody, whichever deploy context configures it. */
export const PUBLISHED = { mode: 'production', isPublished: true } as const

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
  /** Ends everything at once; idempotent, also during `close`. */
  destroy(): Promise<void>
}

/**
 * The parts of a host in the order in which they open. They stop from the last to the first, in `close` as in `destroy`
 * and as after a start that fails (stop-order.ts); test/e2e/start-and-stop.test.ts holds it.
 *
 * `services`: Blobs and cache of functions, over the store. `files`: compressed copies that are being made. `sandbox`: the folders and user IDs of instances. `admin`:
 * the operator can watch until all instances have ended. `pool`: the instances. `background runs`: calls without a
 * client. `gateway`: clients. `rest`: the timer that gives memory back.
 */
export const PARTS = [
  'services',
  'files',
  'sandbox',
  'admin',
  'pool',
  'background runs',
  'gateway',
  'rest',
] as const

/**
 * Builds a project and serves it for production. Resolves when a request would be answered.
 * @throws RoostError, RoostErrors: nothing is left running then.
 */
export async function serve(options: ServeOptions): Promise<Server> {
  const { prepared, site, equipment, edge, stops } = await startHost({
    ...options,
    context: options.settings.context,
    deploy: PUBLISHED,
  })
  const { artifact, project, build, broken } = prepared
  const { functions } = artifact.manifest
  return {
    url: edge.url,
    functions: functions.map((fn) => describeFunction(fn, site.deploy.router)),
    build,
    nodes: nameNodes(functions, equipment.features.nodes),
    sandbox: equipment.sandbox.profile,
    sources: { artifactDir: artifact.dir, roots: [project.buildDir, project.repositoryRoot] },
    broken,
    close: () => stops.close(),
    destroy: () => stops.destroy(),
  }
}

/** A started host, in its parts. */
export interface Host {
  prepared: PreparedSite
  site: Site
  equipment: Equipment
  compute: Compute
  edge: PublicEdge
  stops: StopOrder
}

/** @throws as `serve` */
export function startHost(options: HostOptions): Promise<Host> {
  const { settings, log, onNote, callers: given } = options
  const stops = new StopOrder(log)
  return stops.guard(async () => {
    const project = await findServedProject(options)
    const machine = await openMachine(options, stops)
    const program = await locateRuntimeProgram()
    const prepared = await prepareSite(project, options, machine)
    const { artifact } = prepared
    const callers = given === undefined ? await openCallers(settings, options) : { forSite: () => given }
    const sharesNodes = options.dataDir === undefined
    const equipment = await equipMachine(machine, { ...options, artifact, program, sharesNodes }, stops)
    const { sandbox, features } = equipment
    const counts = await openCounts({ isRead: settings.adminPort !== undefined })
    counts.measure(() => ({ lostLogLines: options.lostLogLines?.() ?? 0 }))
    let edge: PublicEdge | undefined
    const explain: Explain = (asked) => edge?.gateway.explain(edge.url, asked)
    const admin = await openAdminEdge(machine, counts, explain, onNote, stops)
    const compute = openCompute(machine, { sandbox, program, counts }, stops)
    const sites = new SiteTable()
    edge = await openPublicEdge(machine, compute, { ...options, sites, counts }, stops)
    // Nothing is awaited between listening and this: no request can come before there is a site.
    const site = prepared.placeAt(edge.url, { features, callers })
    sites.publish(site)
    if (artifact.manifest.rules?.redirects.some(isProxy)) await edge.gateway.prepareProxies()
    machine.httpCache?.forgetOthers()
    if (admin !== undefined) writeHostFile(machine.dataDir, { url: edge.url, adminUrl: admin.url })
    compute.source.open()
    openRest({ gateway: edge.gateway, pool: compute.pool }, stops)
    return { prepared, site, equipment, compute, edge, stops }
  })
}
