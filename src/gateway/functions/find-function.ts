import type { RouteRefusal } from '../../artifact/routes/index.ts'
import type { GatewayRequest, StepOutcome } from './request.ts'

/** Finds the function that the path belongs to, and refuses the paths that only a function could have. */
export function findFunction(request: GatewayRequest): StepOutcome {
  const { deploy, head, path, reply } = request
  const match = deploy.router.find(head.method, path)
  if (match === undefined) return 'pass'
  if (match.kind === 'refusal') {
    reply.refuse(match.code, REFUSALS[match.code], undefined, describeRefusal(match, path))
    return 'answer'
  }
  request.match = match
  return 'pass'
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
