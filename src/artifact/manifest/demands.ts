import * as v from 'valibot'

/**
 * What a function asks of whoever runs it. These keys go unchanged from netlify.toml and the function's source through
 * its configuration into the manifest: a new one is a line here, its key in the files (project/function-tables.ts,
 * project/toml-schema.ts), and whoever heeds it (resolved-function.ts).
 */
export const demands = {
  schedule: v.optional(v.string()),
  timeoutSeconds: v.optional(v.number()),
  memoryMb: v.optional(v.number()),
  vcpu: v.optional(v.number()),
  region: v.optional(v.string()),
  /** Invocations at once in one instance. */
  concurrency: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  maxInstances: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  network: v.optional(v.picklist(['all', 'none'])),
}

const schema = v.object(demands)

export type FunctionDemands = v.InferOutput<typeof schema>

/** In the order above, so that equal builds give equal bytes. */
export function pickDemands(from: FunctionDemands): FunctionDemands {
  const names = Object.keys(demands) as (keyof FunctionDemands)[]
  return Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])))
}
