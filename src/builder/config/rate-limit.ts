import * as v from 'valibot'
import type { TrafficRules } from '../../artifact/manifest/index.ts'

const aggregator = v.picklist(['ip', 'domain'])

const rateLimit = v.object({
  windowLimit: v.pipe(v.number(), v.minValue(0)),
  // Nothing is ever over the limit of a window without length.
  windowSize: v.pipe(v.number(), v.gtValue(0)),
  action: v.optional(v.picklist(['rate_limit', 'rewrite']), 'rate_limit'),
  // Netlify takes a single name for the default, "domain"; its own types document the name (build.md §7).
  aggregateBy: v.optional(v.union([aggregator, v.array(aggregator)])),
  algorithm: v.optional(v.literal('sliding_window'), 'sliding_window'),
  to: v.optional(v.string()),
})

/** The traffic rules of a `rateLimit` (build.md §7), or what is wrong with it: then the whole rule does not count. */
export function toTrafficRules(value: unknown): { rules: TrafficRules } | { problem: string } {
  const result = v.safeParse(rateLimit, value)
  if (!result.success) {
    const issue = result.issues[0]
    return { problem: `${v.getDotPath(issue) ?? 'it'}: ${issue.message}` }
  }
  const { windowLimit, windowSize, action, aggregateBy = 'domain', algorithm, to } = result.output
  const keys = [aggregateBy].flat().map((type) => ({ type }))
  return {
    rules: {
      action: {
        type: action,
        config: {
          ...(to === undefined ? {} : { to }),
          rateLimitConfig: { windowLimit, windowSize, algorithm },
          aggregate: { keys },
        },
      },
    },
  }
}
