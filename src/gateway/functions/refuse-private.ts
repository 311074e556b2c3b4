import type { Target } from './deploy.ts'
import type { GatewayRequest, StepOutcome } from './request.ts'

/** Functions that only a schedule or an event may run. In development they run on request, so that they can be tried (runtime.md §8). */
export function refusePrivate({ deploy, match, reply, trace }: GatewayRequest): StepOutcome {
  if (match === undefined || deploy.mode === 'dev') return 'pass'
  const refusal = NOT_PUBLIC[match.fn.access]
  if (refusal === undefined) return 'pass'
  trace?.answered('access', refusal.why)
  reply.refuse(refusal.code, refusal.text)
  return 'answer'
}

const NOT_PUBLIC = {
  public: undefined,
  scheduled: {
    code: 'SCHEDULED_NOT_PUBLIC',
    text: 'This function runs on a schedule, not by its URL.',
    why: 'it runs on a schedule only',
  },
  event: {
    code: 'EVENT_NOT_PUBLIC',
    text: 'This function is run by events, not by its URL.',
    why: 'it is run by events only',
  },
} as const satisfies Record<Target['access'], { code: string; text: string; why: string } | undefined>
