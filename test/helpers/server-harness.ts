import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { monotonicNow } from '../../src/base/lib/index.ts'
import { createHostMemory } from '../../src/base/memory/index.ts'
import { DEFAULT_LIMITS, type Limits, parseSettings, type Settings } from '../../src/base/settings/index.ts'
import { readArtifact } from '../../src/build/artifact/index.ts'
import { buildProject } from '../../src/build/index.ts'
import { createPool, type Pool } from '../../src/compute/pool/index.ts'
import { openSandbox } from '../../src/compute/sandbox/index.ts'
import {
  type Callers,
  createDeploy,
  createGateway,
  type Deploy,
  type GatewayOptions,
} from '../../src/gateway/serve/index.ts'
import { createStaticSite } from '../../src/gateway/static/index.ts'
import { createBackgroundRuns } from '../../src/host/background.ts'
import { toFunctionVersion } from '../../src/host/function-version.ts'
import { createInstanceSource } from '../../src/host/instances.ts'
import { locateRuntimeProgram } from '../../src/host/runtime-program.ts'
import { AnswerStore } from '../../src/platform/answers/index.ts'
import { createListLog, type GatewayHarness } from './gateway-harness.ts'
import { type AskOptions, ask, type Answer as HttpAnswer } from './http.ts'
import { waitFor } from './wait.ts'

export type LogLines = GatewayHarness['log']

export interface ServerOptions extends Partial<Pick<GatewayOptions, 'showTraces' | 'trustedHops'>>, Callers {
  mode?: Deploy['mode']
  /** Source by path below `netlify/functions`: `{ 'hello.mts': 'export default …' }`. */
  functions: Record<string, string>
  /** Files of the publish directory. */
  files?: Record<string, string>
  /** Other files of the project, `netlify.toml` or data. */
  project?: Record<string, string>
  limits?: Partial<Limits>
  settings?: Partial<Omit<Settings, 'limits'>>
  /** Variables of the functions. */
  env?: Record<string, string>
}

export interface RunningServer extends AsyncDisposable {
  readonly url: string
  readonly deploy: Deploy
  readonly log: LogLines
  /** Path, or a function's name for its default URL. */
  ask(path: string, options?: AskOptions): Promise<HttpAnswer>
  at(path: string): string
  /** The first log line that has these fields. Waits for it. */
  logged(fields: Record<string, unknown>): Promise<LogLines[number]>
  /** Instances of the pool. */
  stats(): ReturnType<Pool['stats']>
  stop(): Promise<void>
}

/**
 * A real server over a project of small functions: built as users' are, run by the real runtime in processes of their
 * own, and asked over a socket. What `roost serve` wires, in the mode and with the limits that a test wants.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { mode = 'production', files } = options
  const dir = await writeProjectOf(options)
  const limits = { ...DEFAULT_LIMITS, blanks: 1, ...options.limits }
  const settings: Settings = { ...parseSettings({ flags: {}, env: {} }), ...options.settings, limits }
  const [{ artifactDir }, program] = await Promise.all([buildProject({ dir }), locateRuntimeProgram()])
  const artifact = await readArtifact(artifactDir)
  const log: LogLines = []
  const listLog = createListLog(log)
  const sandbox = await openSandbox({
    setting: 'auto',
    scratchDir: join(dir, '.scratch'),
    sharedPaths: [process.execPath, program, artifact.dir],
  })
  const memory = createHostMemory(limits, { clock: monotonicNow, log: listLog })
  const source = createInstanceSource(sandbox, program, settings, memory, listLog)
  const pool = createPool({
    source,
    maxInstances: limits.instancesPerHost,
    maxMemoryMb: 100_000,
    clock: monotonicNow,
    log: listLog,
  })
  const runs = createBackgroundRuns(pool, limits, monotonicNow, listLog)
  let deploy: Deploy | undefined
  const gateway = createGateway({
    findSite: () => ({ deploy: deploy! }),
    dispatch: (version, call, observer) => pool.dispatch(version, call, observer),
    background: (version, call) => runs.enqueue({ version, call }),
    limits,
    memory,
    trustedHops: options.trustedHops ?? 0,
    showTraces: options.showTraces ?? false,
    accessLog: 'info',
    clock: monotonicNow,
    log: listLog,
  })
  const { url } = await gateway.listen({ port: 0, host: '127.0.0.1' })
  const { functions } = artifact.manifest
  const facts = {
    id: mode === 'dev' ? '0' : 'deploy-id',
    siteId: 'site-id',
    siteName: 'site-name',
    mode,
    context: mode,
    isPublished: mode === 'production',
  }
  deploy = createDeploy({
    facts,
    callers: { geo: options.geo, identity: options.identity },
    functions,
    versions: new Map(
      functions.map((fn) => [
        fn.name,
        toFunctionVersion(artifact, fn, { ...facts, url }, options.env ?? {}, settings),
      ]),
    ),
    staticSite: files === undefined ? undefined : createStaticSite({ dir: join(dir, 'public') }),
    limits,
    answers: new AnswerStore({ maxBytes: limits.cacheBytes }),
  })
  source.open()
  const at = (path: string): string => `${url}${path.startsWith('/') ? path : `/.netlify/functions/${path}`}`
  let stopping: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    await Promise.all([gateway.destroy(), pool.destroy()])
    await runs.close()
    await sandbox.close()
    await rm(dir, { recursive: true, force: true })
  }
  const server: RunningServer = {
    url,
    deploy,
    log,
    at,
    ask: (path, askOptions) => ask(at(path), askOptions),
    logged: (fields) =>
      waitFor(`a log line with ${JSON.stringify(fields)}`, () => log.find((line) => hasFields(line, fields))),
    stats: () => pool.stats(),
    stop() {
      stopping ??= stop()
      return stopping
    },
    [Symbol.asyncDispose]: () => server.stop(),
  }
  return server
}

async function writeProjectOf({ functions, files = {}, project = {} }: ServerOptions): Promise<string> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'roost-server-')))
  const all = {
    'package.json': '{"private": true}',
    ...prefix('netlify/functions', functions),
    ...prefix('public', files),
    ...project,
  }
  for (const [path, content] of Object.entries(all)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), content)
  }
  return dir
}

function prefix(folder: string, files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [`${folder}/${path}`, content]))
}

function hasFields(line: Record<string, unknown>, fields: Record<string, unknown>): boolean {
  return Object.entries(fields).every(([name, value]) =>
    value instanceof RegExp ? value.test(String(line[name])) : line[name] === value,
  )
}
