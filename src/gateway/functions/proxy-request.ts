import type { GatewayRequest, StepOutcome } from './request.ts'

/** Has another server answer, where a rewrite leads to one (dev-and-edge.md §2.7). */
export function proxyRequest({ gateway, deploy, head, body, reply, rule }: GatewayRequest): StepOutcome {
  if (rule?.target.origin === undefined) return 'pass'
  gateway.proxy.pass({ head, body, reply, rule: rule.rule, target: rule.target, site: deploy })
  return 'answer'
}
