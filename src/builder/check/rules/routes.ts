import { judgeRoutes } from '../../../artifact/routes/index.ts'
import { formatNames } from '../../../base/lib/index.ts'
import type { CompiledRoute } from '../../config/index.ts'
import type { RuleFinding } from '../finding.ts'
import type { CheckedFunction, CheckInput } from '../rule.ts'

/** Routes that no request reaches, as the router that serves finds them. */
export function findUnreachableRoutes({ functions, show }: CheckInput): RuleFinding[] {
  const asked = new Map(functions.map((fn) => [fn.manifest, fn]))
  return judgeRoutes([...asked.keys()]).flatMap(
    ({ fn, route, request, takers, hasDefaultUrl }): RuleFinding[] => {
      if (request !== undefined) return []
      const { subject, ...at } = locate(asked.get(fn)!, asked.get(fn)!.config.routes[route]!, show)
      if (takers.length > 0) {
        const earlier = takers.map((taker) => [asked.get(taker.fn)!, taker.route] as const)
        return [{ code: 'ROUTE_SHADOWED', message: `${subject}: ${describeTakers(earlier, show)}`, ...at }]
      }
      // What the function's own exclusions take from it is its own affair.
      if (!hasDefaultUrl) return []
      const message = `${subject}, because routes are not matched there. Choose another path, or leave path out for the default URL.`
      return [{ code: 'ROUTE_UNREACHABLE', message, ...at }]
    },
  )
}

type Show = CheckInput['show']

function describeTakers(takers: readonly (readonly [CheckedFunction, route: number])[], show: Show): string {
  const name = ({ source }: CheckedFunction): string => `"${source.name}"`
  const pattern = ({ config }: CheckedFunction, route: number): string => `"${config.routes[route]!.pattern}"`
  const [[fn, route]] = takers as [(typeof takers)[number]]
  if (takers.length === 1)
    return `${name(fn)} is matched first (${show(fn.source.mainFile)}), and its path ${pattern(fn, route)} matches all of them. Narrow that path, or rename the files to change their order.`
  const names = formatNames([...new Set(takers.map(([taker]) => name(taker)))])
  const paths = formatNames([...new Set(takers.map((taker) => pattern(...taker)))])
  return `${names} are matched first, and their paths ${paths} together match all of them. Narrow one of these paths, or rename the files to change their order.`
}

function locate({ source, analysis }: CheckedFunction, { pattern }: CompiledRoute, show: Show) {
  const entry = analysis?.config.path?.indexOf(pattern)
  const place = analysis?.places[`path.${entry}`] ?? analysis?.places.path
  const file = show(source.mainFile)
  return {
    subject: `${place === undefined ? file : `${file}:${place.line}`}: no request reaches "${pattern}" of "${source.name}"`,
    functionName: source.name,
    file: source.mainFile,
    ...place,
  }
}
