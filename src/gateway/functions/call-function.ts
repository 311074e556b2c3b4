import { FunctionCall } from './function-call.ts'
import { describeBodyLimit, Intake } from './intake.ts'
import type { GatewayRequest, StepOutcome } from './request.ts'

/** Calls the function that was found: at once, or when the body has come whole. */
export function callFunction(request: GatewayRequest): StepOutcome {
  const { deploy, body, match, reply } = request
  if (match === undefined) return 'pass'
  reply.record.beginFunction(deploy, match.fn)
  if (body.isEmpty) new FunctionCall(request, match, 0).run(undefined)
  else if ((body.declaredBytes ?? 0) > match.fn.maxBodyBytes) {
    reply.refuse('BODY_TOO_LARGE', describeBodyLimit(match.fn))
    reply.record.finish()
  } else body.collect(new Intake(request, match))
  return 'answer'
}
