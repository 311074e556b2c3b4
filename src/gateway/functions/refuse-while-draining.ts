import type { GatewayRequest, StepOutcome } from './request.ts'

/** What comes over open connections while the server shuts down. */
export function refuseWhileDraining({ gateway, reply, trace }: GatewayRequest): StepOutcome {
  if (!gateway.isDraining) return 'pass'
  trace?.answered('host', 'the server is shutting down')
  reply.refuse('DRAINING', 'The server is shutting down.', ['retry-after', '1'])
  return 'answer'
}
