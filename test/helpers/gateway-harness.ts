import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type ManifestFunction, resolveFunction } from '../../src/artifact/manifest/index.ts'
import { monotonicNow } from '../../src/base/lib/index.ts'
import { createHostMemory } from '../../src/base/memory/index.ts'
import { DEFAULT_LIMITS, type Limits, parseSettings } from '../../src/base/settings/index.ts'
import type {
  Call,
  CallError,
  CallHandle,
  CallObserver,
  FunctionVersion,
} from '../../src/compute/pool/index.ts'
import { HttpCache } from '../../src/gateway/cache/index.ts'
import {
  type Callers,
  createDeploy,
  createGateway,
  type Deploy,
  type Gateway,
  type GatewayOptions,
} from '../../src/gateway/functions/index.ts'
import { createStaticSite, FileDelivery } from '../../src/gateway/static/index.ts'
import { toFunctionVersion } from '../../src/host/function-version.ts'
import { AnswerStore } from '../../src/platform/answers/index.ts'
import { createListLog, type LogLine } from './list-log.ts'
import { sampleFunction } from './sample-function.ts'
import { type SampleHeaders, type SampleRedirect, sampleRules } from './sample-rules.ts'

/** A call as a test plays the function: it answers by hand, frame by frame, whenever it wants. */
export class PlayedCall implements CallHandle {
  readonly name: string
  readonly call: Call
  /** Granted again by the gateway. */
  credited = 0
  isCancelled = false
  readonly #observer: CallObserver

  constructor(name: string, call: Call, observer: CallObserver) {
    this.name = name
    this.call = call
    this.#observer = observer
  }

  /** Value of a header that the function was given. */
  header(name: string): string | undefined {
    return this.headers.find(([each]) => each === name)?.[1]
  }

  get headers(): [name: string, value: string][] {
    return this.call.headers
      .split('\r\n')
      .slice(0, -1)
      .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)])
  }

  /** The whole answer in one frame, as a small one comes. */
  answer(status: number, headers: string[] = [], body: string | Buffer = ''): void {
    this.#observer.onHead({ status, headers, isEnd: true, isSettled: true, body: Buffer.from(body) })
    this.#observer.onEnd()
    this.#observer.onSettled()
  }

  head(status: number, headers: string[] = [], body: string | Buffer = ''): void {
    if (this.isCancelled) return
    this.#observer.onHead({ status, headers, isEnd: false, isSettled: false, body: Buffer.from(body) })
  }

  chunk(body: string | Buffer): void {
    if (!this.isCancelled) this.#observer.onChunk(Buffer.from(body))
  }

  end(): void {
    if (!this.isCancelled) this.#observer.onEnd()
    this.#observer.onSettled()
  }

  fail(
    code: CallError['code'],
    failure: Partial<CallError['failure']> = {},
    retryAfterSeconds?: number,
  ): void {
    if (!this.isCancelled)
      this.#observer.onError({
        code,
        failure: {
          errorType: 'Error',
          errorMessage: 'no',
          trace: ['Error: no'],
          phase: 'handler',
          ...failure,
        },
        ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      })
    this.#observer.onSettled()
  }

  credit(bytes: number): void {
    this.credited += bytes
  }

  cancel(): void {
    this.isCancelled = true
  }
}

export type Play = (call: PlayedCall) => void

export interface PlayedFunction extends Partial<Omit<ManifestFunction, 'routes' | 'excludedRoutes'>> {
  path?: string | string[]
  method?: string | string[]
  excludedPath?: string | string[]
  preferStatic?: boolean
  play?: Play
}

export interface HarnessOptions
  extends Partial<Omit<GatewayOptions, 'limits' | 'dispatch' | 'log'>>,
    Callers {
  mode?: Deploy['mode']
  functions?: Record<string, PlayedFunction>
  /** Responses may be shared. */
  isCached?: boolean
  /** Path → content, in the publish directory. */
  files?: Record<string, string | Buffer>
  /** Redirects and headers; what is left out of a rule is as the parsers leave it. */
  redirects?: SampleRedirect[]
  headers?: SampleHeaders[]
  /** The site's public origin, and variables that rules may sign with. */
  siteUrl?: string
  env?: Record<string, string>
  /** Host names of the site; it answers to every other one, too. */
  domains?: string[]
  limits?: Partial<Limits>
  /** Where compressed copies of files are kept; a folder of its own unless another gateway has left some. */
  encodedDir?: string
}

export interface GatewayHarness {
  url: string
  gateway: Gateway
  /** Every call that reached the functions, in order. */
  calls: PlayedCall[]
  /** Calls that were handed over to run in the background. */
  background: { version: FunctionVersion; call: Call }[]
  log: LogLine[]
  publishDir: string
  /** Where compressed copies of files are kept. */
  encodedDir: string
  delivery: FileDelivery
  /** Responses that are shared. */
  cache: HttpCache
  /** What is served from now on. */
  deploy: Deploy
  /** Makes a deploy of other functions; nobody serves it before it is assigned to `deploy`. */
  createDeploy(
    id: string,
    functions: Record<string, PlayedFunction>,
    redirects?: readonly SampleRedirect[],
  ): Deploy
  stop(): Promise<void>
}

/** A whole gateway on a socket, over functions that the test plays. They say their own name unless told otherwise. */
export async function startGateway(options: HarnessOptions = {}): Promise<GatewayHarness> {
  const { functions = {}, files, redirects = [], headers = [], domains = [], ...others } = options
  const { mode = 'production', isCached = true, siteUrl = '', env = {}, limits: own, ...more } = others
  const { geo, country, identity, verify, ...rest } = more
  const limits = { ...DEFAULT_LIMITS, ...own }
  const settings = { ...parseSettings({ flags: {}, env: {} }), limits }
  const dir = mkdtempSync(join(tmpdir(), 'roost-gateway-'))
  const publishDir = join(dir, 'publish')
  const log: GatewayHarness['log'] = []
  for (const [path, content] of Object.entries(files ?? {})) {
    mkdirSync(dirname(join(publishDir, path)), { recursive: true })
    writeFileSync(join(publishDir, path), content)
  }
  const { encodedDir = join(dir, 'encoded') } = options
  const listLog = createListLog(log)
  const delivery = new FileDelivery({
    copies: { dir: encodedDir, maxBytes: limits.encodedBytes, log: listLog },
  })
  const staticSite = files === undefined ? undefined : await createStaticSite({ dir: publishDir, delivery })
  const answers = new AnswerStore({ maxBytes: limits.cacheBytes, clock: rest.clock ?? monotonicNow })
  const cache = new HttpCache(answers)
  const plays = new Map<string, Play>()
  const calls: PlayedCall[] = []
  const background: GatewayHarness['background'] = []
  const makeDeploy: GatewayHarness['createDeploy'] = (id, played, own = redirects) => {
    const resolved = Object.entries(played).map(([name, fn]) => resolveFunction(toManifest(name, fn), limits))
    for (const [name, { play }] of Object.entries(played))
      plays.set(`${id}/${name}`, play ?? ((call) => call.answer(200, ['content-type', 'text/plain'], name)))
    const isPublished = mode !== 'dev'
    const facts = { id, siteId: 'site', siteName: 'site-name', mode, context: mode, isPublished }
    return createDeploy({
      facts,
      callers: { geo, country, identity, verify },
      functions: resolved,
      versions: new Map(
        resolved.map((fn) => [
          fn.name,
          toFunctionVersion({ dir: '/' }, fn, { ...facts, url: '' }, {}, settings),
        ]),
      ),
      rules: sampleRules(own, headers),
      siteUrl,
      secretOf: (name) => env[name],
      staticSite,
      answers,
      cache: isCached ? cache : undefined,
    })
  }

  const harness = { deploy: makeDeploy('deploy', functions) }
  const gateway = createGateway({
    findSite: (host) =>
      domains.includes(host.toLowerCase()) ? { ...harness, domain: host.toLowerCase() } : harness,
    dispatch(version, call, observer) {
      const played = new PlayedCall(version.name, call, observer)
      calls.push(played)
      plays.get(version.id)!(played)
      return played
    },
    background: (version, call) => {
      background.push({ version, call })
    },
    limits,
    memory: createHostMemory(limits, { clock: monotonicNow, log: listLog }),
    trustedHops: 0,
    showTraces: false,
    accessLog: 'info',
    clock: monotonicNow,
    log: listLog,
    ...rest,
  })
  const { url } = await gateway.listen({ port: 0, host: '127.0.0.1' })
  return Object.assign(harness, {
    url,
    gateway,
    calls,
    background,
    log,
    publishDir,
    cache,
    encodedDir,
    delivery,
    createDeploy: makeDeploy,
    async stop() {
      await gateway.destroy()
      await delivery.close()
      rmSync(dir, { recursive: true })
    },
  })
}

function toManifest(name: string, played: PlayedFunction): ManifestFunction {
  const { path = [], method = [], excludedPath = [], preferStatic = false, play: _, ...fn } = played
  return sampleFunction({
    name,
    invocationMode: fn.format === 'lambda' ? 'buffered' : 'streaming',
    routes: [path].flat().map((pattern) => ({ pattern, methods: [method].flat(), preferStatic })),
    excludedRoutes: [excludedPath].flat().map((pattern) => ({ pattern })),
    ...fn,
  })
}
