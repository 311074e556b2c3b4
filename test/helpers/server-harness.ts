import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DEFAULT_LIMITS, type Limits, parseSettings, type Settings } from '../../src/base/settings/index.ts'
import type { Pool } from '../../src/compute/pool/index.ts'
import type { Callers, Deploy, GatewayOptions } from '../../src/gateway/functions/index.ts'
import { type HostOptions, startHost } from '../../src/host/serve.ts'
import { type AskOptions, ask, type Answer as HttpAnswer } from './http.ts'
import { createListLog, type LogLine } from './list-log.ts'
import { waitFor } from './wait.ts'

export type LogLines = LogLine[]

export interface ServerOptions extends Partial<Pick<GatewayOptions, 'showTraces' | 'trustedHops'>>, Callers {
  mode?: Deploy['mode']
  /** Deploy context; the mode unless said otherwise. */
  context?: string
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
 * A real server over a project of small functions: what `roost serve` starts, part for part, in the mode and with the
 * settings that a test wants. It is asked over a socket.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { mode = 'production', geo, identity } = options
  const dir = await writeProjectOf(options)
  const { trustedHops = 0, showTraces = false } = options
  const own = { trustedHops, showTraces, ...options.settings }
  const limits = { ...DEFAULT_LIMITS, blanks: 1, ...options.limits }
  const log: LogLines = []
  const host = await startHost({
    ...describeHost(dir, log, { ...own, limits }),
    functionEnv: options.env ?? {},
    context: options.context ?? mode,
    deploy: {
      id: mode === 'dev' ? '0' : 'deploy-id',
      siteId: 'site-id',
      siteName: 'site-name',
      mode,
      isPublished: mode === 'production',
    },
    ...(options.files !== undefined && { publishDir: join(dir, 'public') }),
    ...((geo ?? identity) !== undefined && { callers: { geo, identity } }),
  }).catch(async (error: unknown) => {
    await rm(dir, { recursive: true, force: true })
    throw error
  })
  const { url } = host.edge
  const at = (path: string): string => `${url}${path.startsWith('/') ? path : `/.netlify/functions/${path}`}`
  let stopping: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    await host.stops.destroy()
    await rm(dir, { recursive: true, force: true })
  }
  const server: RunningServer = {
    url,
    deploy: host.site.deploy,
    log,
    at,
    ask: (path, askOptions) => ask(at(path), askOptions),
    logged: (fields) =>
      waitFor(`a log line with ${JSON.stringify(fields)}`, () => log.find((line) => hasFields(line, fields))),
    stats: () => host.compute.pool.stats(),
    stop() {
      stopping ??= stop()
      return stopping
    },
    [Symbol.asyncDispose]: () => server.stop(),
  }
  return server
}

/** A host of the project in `dir` that says nothing but in its log, and is otherwise as `roost serve` starts it. */
export function describeHost(dir: string, log: LogLines, own: Partial<Settings> = {}): HostOptions {
  return {
    dir,
    settings: { ...parseSettings({ flags: {}, env: {} }), port: 0, ...own },
    log: createListLog(log),
    functionEnv: {},
    context: 'production',
    deploy: { mode: 'production', isPublished: true },
    allowOutsideLinks: false,
    ignoreEdgeFunctions: false,
    allowBroken: false,
    onWarning: () => undefined,
    onNote: () => undefined,
  }
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
