import type { FunctionMatch } from '../../artifact/routes/index.ts'
import type { Target } from './deploy.ts'
import { FunctionCall } from './function-call.ts'
import { describeBodyLimit, Intake } from './intake.ts'
import type { GatewayRequest, StepOutcome } from './request.ts'

/** Calls the function that was found: at once, or when the body has come whole. */
export function callFunction(request: GatewayRequest): StepOutcome {
  const { deploy, body, match, reply } = request
  if (match === undefined) return 'pass'
  const { fn } = match
  reply.record.beginFunction(deploy, fn)
  if (body.isEmpty) new FunctionCall(request, match, 0).run(undefined)
  else if ((body.declaredBytes ?? 0) > fn.maxBodyBytes) {
    reply.refuse('BODY_TOO_LARGE', describeBodyLimit(fn.maxBodyBytes))
    reply.record.finish()
  } else body.collect(new CallIntake(request, match))
  return 'answer'
}

/** The body of a call. */
export class CallIntake extends Intake {
  readonly #match: FunctionMatch<Target>

  constructor(request: GatewayRequest, match: FunctionMatch<Target>) {
    super(request, match.fn.maxBodyBytes)
    this.#match = match
  }

  protected use(body: Buffer | undefined, size: number): void {
    new FunctionCall(this.request, this.#match, size).run(body)
  }

  protected giveUp(): void {
    this.request.reply.record.finish()
  }
}
