import { relative } from 'node:path'
import { type ManifestFunction, pickDemands } from '../../artifact/manifest/index.ts'
import type { FunctionConfig } from '../config/index.ts'
import type { FunctionSource } from '../discover/index.ts'

/** What of a bundle the manifest tells; the rest is in the folder. */
export interface BuiltBundle {
  dir: string
  digest: string
  entry: string
  cwd: string
  format: ManifestFunction['format']
  moduleFormat?: 'esm' | 'cjs'
  bundler: NonNullable<ManifestFunction['bundler']>
}

const INVOCATION_MODES = { background: 'background', stream: 'streaming' } as const

/** One function as the manifest names it. Absent keys stay absent, so that equal builds give equal bytes. */
export function toManifestFunction(
  source: FunctionSource,
  config: FunctionConfig,
  bundle: BuiltBundle,
  projectRoot: string,
): ManifestFunction {
  const { dir, digest, entry, cwd, format, moduleFormat, bundler } = bundle
  return dropUndefined({
    name: source.name,
    displayName: config.displayName,
    generator: config.generator,
    dir,
    cwd: cwd === '' ? undefined : cwd,
    entry,
    format,
    moduleFormat,
    bundler,
    routes: config.routes.map(({ pattern, methods, preferStatic }) =>
      dropUndefined({ pattern, methods, preferStatic }),
    ),
    excludedRoutes: config.excludedRoutes.map(({ pattern }) => ({ pattern })),
    invocationMode:
      config.invocationMode === undefined ? 'buffered' : INVOCATION_MODES[config.invocationMode],
    ...pickDemands(config),
    nodeMajor: findNodeMajor(config),
    trafficRules: config.trafficRules,
    eventSubscriptions: config.eventSubscriptions.length === 0 ? undefined : config.eventSubscriptions,
    priority: config.priority,
    mainFile: relative(projectRoot, source.mainFile),
    digest,
  })
}

/** Only what the function or the project asked for, and only a version that there is (build.md §12). */
export function findNodeMajor({ nodeVersion, runtimeVersion }: FunctionConfig): number | undefined {
  if (nodeVersion === undefined || runtimeVersion === undefined) return undefined
  const major = /^nodejs(\d+)/.exec(runtimeVersion)?.[1]
  return major === undefined ? undefined : Number(major)
}

/** JSON has no key for an `undefined` value; leaving it out keeps types and bytes honest. */
function dropUndefined<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T
}
