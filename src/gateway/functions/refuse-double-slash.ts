import { answerNotFound } from './answer-not-found.ts'
import type { GatewayRequest, StepOutcome } from './request.ts'

/** `//host/x` is never taken for another host, nor for a function or a file (D28). */
export function refuseDoubleSlash(request: GatewayRequest): StepOutcome {
  return request.path.startsWith('//') ? answerNotFound(request) : 'pass'
}
