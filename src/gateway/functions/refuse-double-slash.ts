import { answerNotFound } from './answer-not-found.ts'
import type { GatewayRequest, StepOutcome } from './request.ts'

/** `//host/x` is never taken for another host, nor for a function or a file (D28). */
export function refuseDoubleSlash(request: GatewayRequest): StepOutcome {
  if (!request.path.startsWith('//')) return 'pass'
  request.trace?.passed('host', 'two slashes at the start lead neither to a function nor to a file')
  return answerNotFound(request)
}
