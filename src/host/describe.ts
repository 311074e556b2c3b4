import { findSubscribers, isEventName, type ManifestFunction } from '../artifact/manifest/index.ts'
import { listDefaultUrls, type Router } from '../artifact/routes/index.ts'
import { formatNames } from '../base/lib/index.ts'
import { findGaps, type Project } from '../builder/project/index.ts'
import type { Target } from '../gateway/functions/index.ts'

/** A function as whoever starts the server sees it. */
export interface ServedFunction {
  name: string
  /** Upper-case; none: every method. */
  methods: readonly string[]
  /** Patterns as written, or the default URL. */
  urls: string[]
  /** The source file, relative to the project, where the build says it. */
  mainFile: string | undefined
  note?: string
  /** Paths to try with `method`: this function answers them. */
  examples: string[]
  method: string
  isStreaming: boolean
}

/** @param router what is served: nothing is offered to try that another function would answer, or nobody. */
export function describeFunction(fn: ManifestFunction, router: Router<Target>): ServedFunction {
  const patterns = fn.routes.map((route) => route.pattern)
  const urls = patterns.length === 0 ? listDefaultUrls(fn.name) : patterns
  const methods = fn.routes[0]?.methods ?? []
  const method = methods.length === 0 || methods.includes('GET') ? 'GET' : methods[0]!
  const isAnswered = (path: string): boolean => {
    const match = router.find(method, path)
    return match?.kind === 'function' && match.fn.name === fn.name && match.fn.access === 'public'
  }
  const note = describeInvocation(fn)
  return {
    name: fn.name,
    methods,
    urls,
    mainFile: fn.mainFile,
    examples: urls.map(toExample).filter(isAnswered),
    method,
    isStreaming: fn.invocationMode === 'streaming',
    ...(note !== undefined && { note }),
  }
}

/** Undefined for a function that responds to the request which invokes it. */
function describeInvocation({ name, schedule, invocationMode }: ManifestFunction): string | undefined {
  if (schedule !== undefined) return `scheduled ${schedule}, not public`
  if (isEventName(name)) return 'run by events, not public'
  return invocationMode === 'background' ? 'background, responds 202' : undefined
}

/** `/travel-guide/:city/*` → `/travel-guide/city/x`: something that may match, to try. For a whole site: `/`. */
function toExample(pattern: string): string {
  if (pattern === '/*') return '/'
  return pattern
    .replace(/:([A-Za-z_]\w*)(\([^)]*\))?[?*+]?/g, '$1')
    .replaceAll('*', 'x')
    .replace(/[{}]/g, '')
}

/** What is accepted but works differently for now: a line each at start (D14). */
export function describeGaps(functions: readonly ManifestFunction[]): string[] {
  return [...describeBackground(functions), ...findGaps(functions).map(({ message }) => message)]
}

/** Which context it is, where it is not the usual one: a slip in its name is the context of a branch that has no section. */
export function describeContext({ context, contexts, configFile }: Project, isPrebuilt: boolean): string[] {
  if (context === 'production') return []
  const sections = contexts.map((name) => `[context.${name}]`).join(' over ')
  const merged = sections === '' ? 'no section of its own' : sections
  const file = configFile === undefined ? 'there is no netlify.toml' : `netlify.toml has ${merged}`
  const build = isPrebuilt ? ' Functions are as the build was made, whatever its context was.' : ''
  return [`Deploy context ${context}: ${file}.${build}`]
}

export function describeBackground(functions: readonly ManifestFunction[]): string[] {
  const receivers = new Set(findSubscribers(functions, 'submission-created'))
  const names = functions
    .filter((fn) => fn.invocationMode === 'background' || receivers.has(fn))
    .map(({ name }) => name)
  if (names.length === 0) return []
  return [
    `Background runs are kept in memory: a restart loses those that have not finished (${formatNames(names)}).`,
  ]
}

/** A publish directory that is not there is most often the output of a build that has not been run (D9). */
export function describeMissingFiles(folder: string, { config }: Project): string {
  const { command } = (config.build ?? {}) as { command?: unknown }
  const next = typeof command === 'string' ? ` Run "${command}" first: roost serve does not.` : ''
  return `No static files are served: ${folder} does not exist.${next}`
}
