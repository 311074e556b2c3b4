import { findHeader } from '../http/index.ts'
import { describeBodyLimit, Intake } from './intake.ts'
import type { GatewayRequest, StepOutcome } from './request.ts'
import { submitForm } from './submit-form.ts'

/**
 * A form that was posted to a page of the site runs `submission-created` (dev-and-edge.md §5.2 item 7, D47). Only where the
 * deploy has a function for it: without one a POST is a POST, and no form is read. Nothing is kept but the run.
 */
export function acceptForm(request: GatewayRequest): StepOutcome {
  const { body, deploy, gateway, reply } = request
  if (deploy.formReceivers.length === 0 || !isForm(request)) return 'pass'
  const { formBytes } = gateway.limits
  if (body.isEmpty) submitForm(request, undefined, 0)
  else if ((body.declaredBytes ?? 0) > formBytes) reply.refuse('BODY_TOO_LARGE', describeBodyLimit(formBytes))
  else body.collect(new FormIntake(request, formBytes))
  return 'answer'
}

/** No function and no rule wanted it: a path that was rewritten is somebody else's answer. */
export function isForm({ head, match, path, rule }: GatewayRequest): boolean {
  if (head.method !== 'POST' || match !== undefined || rule !== undefined || path !== head.path) return false
  if (path.startsWith('/.netlify/')) return false
  return FORM_TYPE.test(findHeader(head.headers, 'content-type') ?? '')
}

const FORM_TYPE = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\s*(?:;|$)/i

class FormIntake extends Intake {
  protected use(body: Buffer | undefined, size: number): void {
    submitForm(this.request, body, size)
  }

  protected giveUp(): void {
    // The client has its answer, or has left.
  }
}
