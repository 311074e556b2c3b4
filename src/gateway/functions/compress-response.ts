import type { GatewayRequest, StepOutcome } from './request.ts'

/**
 * What a function or another server responds is compressed for a client that asks for it. Files have a way of their own
 * (gateway/static).
 */
export function compressResponse({ gateway, head, match, rule, reply }: GatewayRequest): StepOutcome {
  if (gateway.compression === undefined) return 'pass'
  if (match === undefined && rule?.target.origin === undefined) return 'pass'
  const stage = gateway.compression.createStage(head)
  if (stage !== undefined) reply.addStage(stage)
  return 'pass'
}
