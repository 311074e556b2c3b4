import type { FunctionDemands } from '../../artifact/manifest/index.ts'
import { parseMemory } from './memory.ts'

export type NodeBundler = 'esbuild' | 'esbuild_zisi' | 'nft' | 'zisi' | 'none'

/** What one table of `[functions]` says, in our names (build.md §5.1). Checked; what is absent was not set. */
export interface FunctionSettings extends FunctionDemands {
  includedFiles?: string[]
  externalNodeModules?: string[]
  ignoredNodeModules?: string[]
  nodeBundler?: NodeBundler
  name?: string
  background?: boolean
}

export interface FunctionTable {
  /** Glob over function names; the keys directly under `[functions]` stand under `*`. */
  pattern: string
  settings: FunctionSettings
  /** Where netlify.toml has it; absent for the keys directly under `[functions]` and for a framework's tables. */
  place?: TablePlace
  /** Where netlify.toml lists each of `external_node_modules`. */
  externalPlaces?: Record<string, TablePlace>
}

export interface TablePlace {
  file: string
  line: number
  column: number
}

/** The tables of `[functions]` in our names. They were checked before; a value of the wrong kind counts as not set. */
export function readFunctionTables(
  tables: Record<string, Record<string, unknown>>,
  findPlaces: (pattern: string) => { [Key in 'place' | 'externalPlaces']: FunctionTable[Key] },
): FunctionTable[] {
  return Object.entries(tables).map(([pattern, table]) => ({
    pattern,
    settings: readSettings(table),
    ...dropUnset<FunctionTable>(findPlaces(pattern)),
  }))
}

function readSettings(table: Record<string, unknown>): FunctionSettings {
  return dropUnset<FunctionSettings>({
    includedFiles: texts(table.included_files),
    externalNodeModules: texts(table.external_node_modules),
    ignoredNodeModules: texts(table.ignored_node_modules),
    // What Netlify does with "esbuild" here: esbuild first, zisi when that fails (build.md §5.1).
    nodeBundler: table.node_bundler === 'esbuild' ? 'esbuild_zisi' : bundler(table.node_bundler),
    schedule: text(table.schedule),
    name: text(table.name),
    background: typeof table.background === 'boolean' ? table.background : undefined,
    memoryMb: parseMemory(table.memory),
    vcpu: number(table.vcpu),
    region: text(table.region)?.toLowerCase(),
    timeoutSeconds: number(table.timeout),
    concurrency: number(table.concurrency),
    maxInstances: number(table.max_instances),
    network: table.network === 'all' || table.network === 'none' ? table.network : undefined,
  })
}

/** Without the keys whose value is undefined, so that `in` and spreading mean "was set". */
export function dropUnset<T extends object>(value: { [Key in keyof T]?: T[Key] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Partial<T>
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

function texts(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : undefined
}

function bundler(value: unknown): NodeBundler | undefined {
  return value === 'nft' || value === 'zisi' || value === 'none' ? value : undefined
}
