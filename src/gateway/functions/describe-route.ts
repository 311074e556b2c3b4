import type { FunctionMatch, RouteListener, RouteMatch } from '../../artifact/routes/index.ts'
import type { Trace } from '../trace/index.ts'
import type { Target } from './deploy.ts'

/** Tells `trace` of the routes that are near: their path matches, and they are passed over. */
export function hearRoutes(trace: Trace): RouteListener<Target> {
  return {
    onPassed(fn, route, why) {
      const { pattern, methods } = fn.routes[route ?? 0]!
      trace.passed(
        'function',
        {
          method: `${fn.name} is for ${methods.join(', ')} only`,
          excluded: `${fn.name} excludes this path`,
          file: `${fn.name} prefers the file that is there`,
          moved: `${fn.name} answers at its own path only`,
        }[why],
        toDetails(fn, pattern),
      )
    },
  }
}

/** What the router has found. */
export function describeRoute(trace: Trace, match: RouteMatch<Target> | undefined, path: string): void {
  if (match === undefined) trace.passed('function', `no function has the path ${path}`)
  else if (match.kind === 'refusal') trace.answered('function', REFUSALS[match.code])
  else {
    const { fn, params } = match
    const details = toDetails(fn, namePath(match))
    if (params === '') trace.applied('function', fn.name, details)
    else trace.applied('function', fn.name, { ...details, values: readParams(params) })
  }
}

const REFUSALS = {
  FUNCTION_NAME_INVALID: 'this URL names a function, and no function can have such a name',
  FUNCTION_NOT_FOUND: 'this URL names a function that does not exist',
  NOT_OFFERED: 'this URL asks for an image transformation, which Roost does not offer',
} as const

/** The route as its author wrote it, or the form of the default URL. */
export function namePath({ fn, route, isBuilderUrl }: FunctionMatch<Target>): string {
  if (route !== undefined) return fn.routes[route]!.pattern
  return `/.netlify/${isBuilderUrl ? 'builders' : 'functions'}/${fn.name}`
}

function toDetails({ mainFile }: Target, rule: string): { rule: string; source?: string } {
  return { rule, ...(mainFile !== undefined && { source: mainFile }) }
}

/** Groups that took no part are not there, and values are text: see GroupPattern. */
function readParams(params: string): Record<string, string> {
  return JSON.parse(params) as Record<string, string>
}
