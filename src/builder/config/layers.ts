import { minimatch } from 'minimatch'
import type { FunctionSettings, FunctionTable } from '../project/index.ts'
import type { InSourceConfig, InSourceKey } from './in-source-keys.ts'

/** What the layers say together, before routes and modes follow from it (build.md §5). */
export interface MergedSettings extends FunctionSettings {
  generator?: string
  nodeModuleFormat?: 'esm' | 'cjs'
  nodeVersion?: string
  /** Absolute folder that `includedFiles` are relative to, when a layer named another than the base directory. */
  includedFilesBasePath?: string
  /** Absolute: the function's root, when the JSON file of a generated function names one. */
  rootDir?: string
  /** Where each of `externalNodeModules` stands in netlify.toml or in the source. */
  externalPlaces?: FunctionTable['externalPlaces']
}

const LISTS = ['includedFiles', 'externalNodeModules', 'ignoredNodeModules'] as const

/**
 * The tables that match a function name, merged from the least to the most specific (build.md §5.2): scalars of the
 * heavier win, lists are joined, lighter first.
 */
export function mergeTables(tables: readonly FunctionTable[], functionName: string): MergedSettings {
  const matching = tables.filter(({ pattern }) => minimatch(functionName, pattern))
  const sorted = matching.toSorted((a, b) => weigh(a.pattern) - weigh(b.pattern))
  return sorted.reduce<MergedSettings>((low, { settings, externalPlaces }) => {
    const merged = takeCompute(low, settings)
    if (externalPlaces !== undefined) merged.externalPlaces = { ...low.externalPlaces, ...externalPlaces }
    for (const key of LISTS) {
      const list = [...(low[key] ?? []), ...(settings[key] ?? [])]
      if (list.length > 0) merged[key] = list
    }
    return merged
  }, {})
}

/** How specific a pattern is: its characters, stars not counted, and one less when there are any. */
export function weigh(pattern: string): number {
  const stars = pattern.split('*').length - 1
  return pattern.length - stars - (stars > 0 ? 1 : 0)
}

/** The JSON file of a generated function replaces what it sets, lists too (build.md §5.3). */
export function applyJsonLayer(low: MergedSettings, json: MergedSettings): MergedSettings {
  return takeCompute(low, json)
}

/** Memory and vcpu are one choice: a layer that sets either replaces both (build.md §19). */
function takeCompute(low: MergedSettings, high: MergedSettings): MergedSettings {
  const merged = { ...low, ...high }
  if (high.memoryMb === undefined && high.vcpu === undefined) return merged
  const { memoryMb: _, vcpu: __, ...rest } = merged
  return {
    ...rest,
    ...(high.memoryMb === undefined ? {} : { memoryMb: high.memoryMb }),
    ...(high.vcpu === undefined ? {} : { vcpu: high.vcpu }),
  }
}

/** Keys of a `config` export that lower layers have too, and their names there. */
const SHARED: Partial<Record<InSourceKey, keyof MergedSettings>> = {
  schedule: 'schedule',
  background: 'background',
  name: 'name',
  generator: 'generator',
  timeout: 'timeoutSeconds',
  nodeBundler: 'nodeBundler',
  nodeVersion: 'nodeVersion',
  region: 'region',
}

/**
 * Lays the source's own config on top (build.md §5.4). A key that stands there without a readable value erases what
 * lies below; lists are joined. `includedFiles` is the exception: a list that is not empty replaces, and is relative
 * to `mainDir`.
 */
export function applyInSourceLayer(
  low: MergedSettings,
  { config, present }: { config: InSourceConfig; present: readonly InSourceKey[] },
  mainDir: string,
): MergedSettings {
  const erased = new Set<string>()
  for (const [key, name] of Object.entries(SHARED)) if (present.includes(key as InSourceKey)) erased.add(name)
  if (present.includes('memory') || present.includes('vcpu'))
    for (const name of ['memoryMb', 'vcpu']) erased.add(name)
  const kept = Object.fromEntries(Object.entries(low).filter(([name]) => !erased.has(name))) as MergedSettings
  const { includedFiles, externalNodeModules = [], ignoredNodeModules = [] } = config
  const merged: MergedSettings = { ...kept }
  for (const [key, name] of Object.entries(SHARED)) {
    const value = config[key as InSourceKey]
    if (value !== undefined) Object.assign(merged, { [name]: value })
  }
  if (config.memory !== undefined) merged.memoryMb = config.memory
  if (config.vcpu !== undefined) merged.vcpu = config.vcpu
  merged.externalNodeModules = [...(low.externalNodeModules ?? []), ...externalNodeModules]
  merged.ignoredNodeModules = [...(low.ignoredNodeModules ?? []), ...ignoredNodeModules]
  if (includedFiles !== undefined && includedFiles.length > 0) {
    merged.includedFiles = includedFiles
    merged.includedFilesBasePath = mainDir
  }
  return merged
}

/** Keys of the source that take a value away from lower layers and put none in its place (build.md §5.4). */
export function listErased(
  low: MergedSettings,
  { config, present }: { config: InSourceConfig; present: readonly InSourceKey[] },
): InSourceKey[] {
  const hasCompute = low.memoryMb !== undefined || low.vcpu !== undefined
  return present.filter((key) => {
    if (config[key] !== undefined) return false
    if (key === 'memory' || key === 'vcpu') return hasCompute
    const name = SHARED[key]
    return name !== undefined && low[name] !== undefined
  })
}
