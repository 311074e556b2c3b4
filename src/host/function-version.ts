import { join } from 'node:path'
import type { Artifact, ResolvedFunction } from '../artifact/manifest/index.ts'
import { RoostError } from '../base/errors/index.ts'
import type { Settings } from '../base/settings/index.ts'
import type { FunctionVersion } from '../compute/pool/index.ts'
import type { DeployFacts } from '../gateway/functions/index.ts'
import { toFunctionEnv } from './function-env.ts'
import { type MachineFeatures, PLAIN_FEATURES } from './machine-features.ts'

/** A deploy as its functions see it. */
export interface PlacedDeploy extends DeployFacts {
  /** The site's public origin: `http://127.0.0.1:8888`. */
  url: string
}

/** Node reads these variables when a process starts, never later (docs/architecture.md#the-life-of-an-instance). */
const START_TIME_VARIABLES = [
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'NODE_PATH',
  'UV_THREADPOOL_SIZE',
] as const

/**
 * One function of an artifact, with everything an instance needs to know.
 * @throws CONFIG_INVALID for a program without network: it reaches its endpoint through the loopback it shares with us.
 */
export function toFunctionVersion(
  artifact: Pick<Artifact, 'dir'>,
  fn: ResolvedFunction,
  deploy: PlacedDeploy,
  env: Readonly<Record<string, string>>,
  settings: Settings,
  features: MachineFeatures = PLAIN_FEATURES,
): FunctionVersion {
  const { limits } = settings
  const folder = join(artifact.dir, fn.dir)
  const rootPath = join(folder, fn.cwd ?? '')
  const { memoryMb, concurrency, maxInstances, network } = fn
  const isProgram = fn.format === 'native'
  if (isProgram && network === 'none') throw refuseCutNetwork(fn.name)
  const given = isProgram && !features.hidesEnvironments ? {} : env
  const node = features.nodes.get(fn.nodeMajor ?? 0)
  const startEnv: Record<string, string> = {}
  for (const name of START_TIME_VARIABLES) if (env[name] !== undefined) startEnv[name] = env[name]
  return {
    id: `${deploy.id}/${fn.name}`,
    name: fn.name,
    deployId: deploy.id,
    startEnv,
    folder,
    ...(node !== undefined && { node }),
    ...(isProgram && { program: { entry: fn.entry, hasVariables: Object.keys(given).length > 0 } }),
    network,
    assignment: {
      functionName: fn.name,
      format: fn.format === 'lambda' ? 'lambda' : 'web',
      entryPath: join(folder, fn.entry),
      rootPath,
      env: toFunctionEnv({ ...deploy, name: fn.name, memory: String(fn.memoryMb), folder }, given),
      routes: fn.routes.map((route) => route.pattern),
      constantHeaders: toConstantHeaders(deploy),
      invocationMode: fn.invocationMode,
      concurrency,
      maxBufferedResponseBytes: limits.bufferedResponseBytes,
      memoryMb,
      abortOnDisconnect: settings.abortOnDisconnect,
      mode: deploy.mode,
      extras: {},
    },
    limits: {
      concurrency,
      maxInstances,
      waitingLineLength: limits.waitingLineLength,
      waitingLineMs: limits.waitingLineMs,
      idleEvictionMs: limits.idleEvictionMs,
      memoryMb,
    },
  }
}

function toConstantHeaders(deploy: DeployFacts): [name: string, value: string][] {
  return [
    ['x-nf-site-id', deploy.siteId],
    ['x-nf-deploy-id', deploy.id],
    ['x-nf-deploy-context', deploy.context],
    ...(deploy.isPublished ? ([['x-nf-deploy-published', '1']] as [string, string][]) : []),
  ]
}

function refuseCutNetwork(functionName: string): RoostError {
  return new RoostError(
    'CONFIG_INVALID',
    `network = "none" is not possible for "${functionName}", a program.`,
    {
      hint: 'Leave the key out: programs talk to Roost over the loopback network.',
      details: { functionName },
    },
  )
}
