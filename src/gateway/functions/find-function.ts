import type { FunctionMatch, RouteRefusal } from '../../artifact/routes/index.ts'
import { answerNotFound } from './answer-not-found.ts'
import { refuseStranger } from './check-basic-auth.ts'
import type { Target } from './deploy.ts'
import { describeRoute, hearRoutes } from './describe-route.ts'
import type { GatewayRequest } from './request.ts'

/** Finds the function that the path belongs to, and refuses the paths that only a function could have. */
export function findFunction(request: GatewayRequest): 'answer' | 'pass' {
  const { deploy, head, path, trace } = request
  const match = deploy.router.find(head.method, path, trace && hearRoutes(trace))
  if (trace !== undefined) describeRoute(trace, match, path)
  if (match === undefined) return 'pass'
  if (match.kind === 'refusal') {
    refuseMatch(request, match)
    return 'answer'
  }
  request.match = match
  return isForOthers(request, match) ? 'answer' : 'pass'
}

/** What is behind its default URL runs the same function. */
function isForOthers(request: GatewayRequest, { fn, route }: FunctionMatch<Target>): boolean {
  return (
    route === undefined &&
    request.deploy.rules.hasBasicAuth &&
    refuseStranger(request, `/.netlify/functions/${fn.name}`)
  )
}

/**
 * Goes on with another path, that of a rule's target: what is behind this step looks it up. It is not compared with rules
 * again (dev-and-edge.md §5.1).
 */
export function lookUpTarget(request: GatewayRequest, path: string): 'answer' | 'pass' {
  const { deploy } = request
  request.path = path
  request.match = undefined
  if (deploy.rules.hasBasicAuth && refuseStranger(request, path)) return 'answer'
  return path.startsWith('//') ? answerNotFound(request) : findFunction(request)
}

function refuseMatch({ path, reply }: GatewayRequest, refusal: RouteRefusal): void {
  const { code } = refusal
  reply.refuse(code, REFUSALS[code], undefined, describeRefusal(refusal, path))
}

const REFUSALS: Record<RouteRefusal['code'], string> = {
  FUNCTION_NAME_INVALID:
    'Function name should consist only of alphanumeric characters, hyphen & underscores.',
  FUNCTION_NOT_FOUND: 'Function not found...',
  NOT_OFFERED: 'Image transformations are not supported.',
}

/** For the request log: which name was looked up. */
function describeRefusal({ code }: RouteRefusal, path: string): string | undefined {
  const name = /^\/\.netlify\/(?:functions|builders)\/([^/]*)/.exec(path)?.[1]
  return code === 'FUNCTION_NOT_FOUND' && name !== undefined ? `no function ${name}` : undefined
}
