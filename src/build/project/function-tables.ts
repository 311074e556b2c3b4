import { parseMemory } from './memory.ts'
import { isTable } from './schema.ts'
import type { FunctionSettings, FunctionTable, NodeBundler } from './types.ts'

/**
 * The tables of `[functions]` in our names. Values of netlify.toml were checked before; those of a framework were not,
 * so a value of the wrong kind counts as not set.
 */
export function readFunctionTables(tables: Record<string, Record<string, unknown>>): FunctionTable[] {
  return Object.entries(tables).map(([pattern, table]) => ({
    pattern,
    settings: readSettings(isTable(table) ? table : {}),
  }))
}

function readSettings(table: Record<string, unknown>): FunctionSettings {
  return dropUnset({
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

type Optional<T> = { [Key in keyof T]: T[Key] | undefined }

/** Without the keys whose value is undefined, so that `in` and spreading mean "was set". */
export function dropUnset<T extends object>(value: Optional<Required<T>>): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

function texts(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : undefined
}

function bundler(value: unknown): NodeBundler | undefined {
  return value === 'nft' || value === 'zisi' || value === 'none' ? value : undefined
}
