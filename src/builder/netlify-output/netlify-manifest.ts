import * as v from 'valibot'

const route = v.object({
  pattern: v.pipe(v.string(), v.startsWith('/')),
  methods: v.optional(v.array(v.string()), []),
  prefer_static: v.optional(v.boolean()),
})

/** `manifest.json` as zip-it-and-ship-it writes it (build.md §13.4); what Roost does not use is not looked at. */
export const netlifyManifestSchema = v.object({
  version: v.literal(1),
  functions: v.array(
    v.object({
      name: v.string(),
      /** Absolute on the machine that built it: only the last part means something here. */
      path: v.string(),
      mainFile: v.optional(v.string()),
      runtime: v.string(),
      runtimeVersion: v.optional(v.string()),
      invocationMode: v.optional(v.string()),
      routes: v.optional(v.array(route), []),
      excludedRoutes: v.optional(v.array(v.object({ pattern: v.string() })), []),
      schedule: v.optional(v.string()),
      displayName: v.optional(v.string()),
      generator: v.optional(v.string()),
      timeout: v.optional(v.number()),
      priority: v.optional(v.number()),
      region: v.optional(v.string()),
      memory: v.optional(v.union([v.number(), v.string()])),
      vcpu: v.optional(v.number()),
      trafficRules: v.optional(v.unknown()),
      eventSubscriptions: v.optional(v.array(v.string())),
    }),
  ),
})

export type NetlifyManifest = v.InferOutput<typeof netlifyManifestSchema>
export type NetlifyManifestFunction = NetlifyManifest['functions'][number]
