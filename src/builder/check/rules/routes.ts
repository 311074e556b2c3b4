import type { CompiledRoute } from '../../config/index.ts'
import { covers } from '../route-cover.ts'
import type { CheckedFunction, CheckInput, RuleFinding } from '../types.ts'

/** Below these no route is asked (build.md §6.2, runtime.md §14.1). */
const TAKEN = /^\/\.netlify\/(functions|builders|images)(\/|$)/

/** Routes that no request reaches. */
export function findUnreachableRoutes({ functions, show }: CheckInput): RuleFinding[] {
  const findings: RuleFinding[] = []
  for (const [index, fn] of functions.entries())
    for (const route of fn.config.routes) {
      const finding = TAKEN.test(route.pattern)
        ? describeTaken(fn, route, show)
        : functions
            .slice(0, index)
            .map((earlier) => describeShadow(fn, route, earlier, show))
            .find((shadow) => shadow !== undefined)
      if (finding !== undefined) findings.push(finding)
    }
  return findings
}

type Show = CheckInput['show']

function describeTaken(fn: CheckedFunction, route: CompiledRoute, show: Show): RuleFinding {
  const { subject, ...at } = locate(fn, route, show)
  return {
    code: 'ROUTE_UNREACHABLE',
    message: `${subject}, because routes are not matched there. Choose another path, or leave path out for the default URL.`,
    ...at,
  }
}

/** Where exclusions or static files may let a request pass, nothing is certain. */
function describeShadow(
  fn: CheckedFunction,
  route: CompiledRoute,
  { source, config }: CheckedFunction,
  show: Show,
): RuleFinding | undefined {
  if (config.excludedRoutes.length > 0) return undefined
  const taker = config.routes.find((general) => general.preferStatic !== true && covers(general, route))
  if (taker === undefined) return undefined
  const { subject, ...at } = locate(fn, route, show)
  return {
    code: 'ROUTE_SHADOWED',
    message: `${subject}: "${source.name}" is matched first (${show(source.mainFile)}), and its path "${taker.pattern}" matches all of them. Narrow that path, or rename the files to change their order.`,
    ...at,
  }
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
