import type { GatewayRequest, StepOutcome } from './request.ts'

/** What a function responds is compressed for a client that asks for it. Files have a way of their own (gateway/static). */
export function compressResponse({ gateway, head, match, reply }: GatewayRequest): StepOutcome {
  if (match === undefined || gateway.compression === undefined) return 'pass'
  const stage = gateway.compression.createStage(head)
  if (stage !== undefined) reply.addStage(stage)
  return 'pass'
}
