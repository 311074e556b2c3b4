import { isTable } from './schema.ts'
import { SHARED_FUNCTION_KEYS, TABLE_FUNCTION_KEYS } from './toml-schema.ts'

/** A netlify.toml, one of its contexts, or a Frameworks API file, in one shape so that they can be laid over each other. */
export interface ConfigLayer {
  build: Record<string, unknown>
  functions: {
    directory?: unknown
    /** By pattern; the keys directly under `[functions]` stand under `*`. */
    tables: Record<string, Record<string, unknown>>
  }
  /** All other sections. */
  rest: Record<string, unknown>
}

/**
 * The layers of a netlify.toml for one deploy context, merged: file < `[context.CONTEXT]` < `[context.BRANCH]`
 * (dev-and-edge.md §1.2). Tables merge deeply, arrays replace. `contexts` are those that were found, the strongest
 * first.
 */
export function mergeContexts(
  data: Record<string, unknown>,
  { context, branch }: { context: string; branch?: string | undefined },
): { layer: ConfigLayer; contexts: string[] } {
  const all = isTable(data.context) ? data.context : {}
  const names = branch === undefined ? [context] : [context, branch]
  const found = names.map((name) => findContext(all, name)).filter((name) => name !== undefined)
  const contexts = [...new Set(found)]
  const tables = contexts.map((name) => all[name]).filter(isTable)
  const layer = [toLayer(data), ...tables.map(toContextLayer)].reduce((low, high) => mergeDeep(low, high))
  return { layer, contexts: contexts.toReversed() }
}

/** The names of `--context` (dev-and-edge.md §9.2); `branch:NAME` is a deploy of a branch that is not for production. */
export function readContext({ context = 'production', branch }: { context?: string; branch?: string }): {
  context: string
  branch: string | undefined
} {
  const name = /^branch:(.+)$/.exec(context)?.[1]
  if (name !== undefined) return { context: 'branch-deploy', branch: name }
  return { context: SHORT_NAMES.get(context) ?? context, branch }
}

const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  ['prod', 'production'],
  ['dp', 'deploy-preview'],
])

/** The context with exactly this name, else the one whose name ends in `*` and begins like it. */
function findContext(contexts: Record<string, unknown>, name: string): string | undefined {
  if (Object.hasOwn(contexts, name)) return name
  return Object.keys(contexts).find((key) => key.endsWith('*') && name.startsWith(key.slice(0, -1)))
}

export function toLayer({ context: _, ...data }: Record<string, unknown>): ConfigLayer {
  const { build, functions, ...rest } = data
  return { build: isTable(build) ? build : {}, functions: toFunctionsLayer(functions), rest }
}

const SECTIONS_OF_CONTEXT = new Set(['edge_functions', 'plugins', 'headers', 'redirects'])

/**
 * A context has the keys of `[build]` directly, and sections beside them (dev-and-edge.md §1.3). Netlify also reads
 * them below `[context.X.build]`.
 */
function toContextLayer(table: Record<string, unknown>): ConfigLayer {
  const { functions, build: below, ...others } = table
  const build: Record<string, unknown> = {}
  const rest: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(others)) {
    if (SECTIONS_OF_CONTEXT.has(key) && typeof value !== 'string') rest[key] = value
    else build[key] = value
  }
  if (typeof functions === 'string') build.functions = functions
  return {
    build: mergeDeep(build, isTable(below) ? below : {}),
    functions: toFunctionsLayer(functions),
    rest,
  }
}

/** Where a key of `[build]` can stand, the strongest place first; `contexts` as `mergeContexts` has found them. */
export function listBuildPaths(contexts: readonly string[], ...path: string[]): string[][] {
  const inContexts = contexts.flatMap((name) => [
    ['context', name, 'build', ...path],
    ['context', name, ...path],
  ])
  return [...inContexts, ['build', ...path]]
}

/**
 * Moves the keys directly under `[functions]` into the table `*`, where an explicit value wins over them. A table that
 * is called like a key is a function of that name if it has nothing but keys of functions (build.md §5.1).
 */
function toFunctionsLayer(functions: unknown): ConfigLayer['functions'] {
  const layer: ConfigLayer['functions'] = { tables: {} }
  const shared: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(isTable(functions) ? functions : {})) {
    if (isTable(value) && !isValueOfKey(key, value)) layer.tables[key] = value
    else if (key === 'directory') layer.directory = value
    else shared[key] = value
  }
  if (Object.keys(shared).length > 0) {
    const explicit = layer.tables['*']
    layer.tables = { ...(explicit ? {} : { '*': {} }), ...layer.tables, '*': { ...shared, ...explicit } }
  }
  return layer
}

function isValueOfKey(key: string, value: Record<string, unknown>): boolean {
  const isKey = key === 'directory' || SHARED_FUNCTION_KEYS.includes(key)
  return isKey && !Object.keys(value).every((name) => TABLE_FUNCTION_KEYS.includes(name))
}

/** `high` over `low`: tables merge, everything else is replaced, or for `arrays: 'concat'` joined, `high` first. */
export function mergeDeep<T>(low: T, high: unknown, arrays: 'replace' | 'concat' = 'replace'): T {
  if (high === undefined) return low
  if (arrays === 'concat' && Array.isArray(low) && Array.isArray(high)) return [...high, ...low] as T
  if (!isTable(low) || !isTable(high)) return high as T
  const merged: Record<string, unknown> = { ...low }
  for (const [key, value] of Object.entries(high)) merged[key] = mergeDeep(merged[key], value, arrays)
  return merged as T
}
