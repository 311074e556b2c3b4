import * as v from 'valibot'
import { rulesSchema } from '../rules/index.ts'
import { demands } from './demands.ts'

/**
 * `manifest.json` of an artifact: what a build writes and a server reads (docs/architecture.md#the-way-of-a-build).
 * Every deploy brings one, also deploys that no build of ours has seen, so it is checked whole when it is loaded.
 */
const route = v.object({
  /** URLPattern pathname as the user wrote it. */
  pattern: v.pipe(v.string(), v.startsWith('/')),
  /** Upper-case; empty means every method. */
  methods: v.array(v.string()),
  preferStatic: v.optional(v.boolean()),
})

const trafficRules = v.object({
  action: v.object({
    type: v.picklist(['rate_limit', 'rewrite']),
    config: v.object({
      to: v.optional(v.string()),
      rateLimitConfig: v.object({
        windowLimit: v.number(),
        windowSize: v.number(),
        algorithm: v.literal('sliding_window'),
      }),
      aggregate: v.object({ keys: v.array(v.object({ type: v.picklist(['ip', 'domain']) })) }),
    }),
  }),
})

const manifestFunction = v.object({
  name: v.string(),
  displayName: v.optional(v.string()),
  generator: v.optional(v.string()),
  /** The function's folder, relative to the artifact: its files as user code will see them. */
  dir: v.string(),
  /**
   * Working directory of user code, relative to `dir`; absent: `dir` itself. Set when files from above the site's
   * base directory came along (a monorepo's hoisted packages): the base directory stays the working directory.
   */
  cwd: v.optional(v.string()),
  /** The entry point, relative to `dir`. */
  entry: v.string(),
  /** The calling convention. `native` speaks the Lambda runtime API (Go). */
  format: v.picklist(['web', 'lambda', 'native']),
  moduleFormat: v.optional(v.picklist(['esm', 'cjs'])),
  bundler: v.optional(v.picklist(['esbuild', 'nft', 'none', 'go', 'prebuilt'])),
  routes: v.array(route),
  excludedRoutes: v.array(v.object({ pattern: v.string() })),
  invocationMode: v.picklist(['buffered', 'streaming', 'background']),
  ...demands,
  /** Major version of Node that the function asked for, when it did. */
  nodeMajor: v.optional(v.number()),
  trafficRules: v.optional(trafficRules),
  eventSubscriptions: v.optional(v.array(v.string())),
  /** 10 for the user's own functions, 0 for generated ones: the router prefers the higher. */
  priority: v.number(),
  /** The source file, relative to the project, for people. */
  mainFile: v.optional(v.string()),
  /** sha256 over the folder's paths, modes and bytes. */
  digest: v.string(),
})

const manifest = v.object({
  version: v.literal(1),
  generator: v.string(),
  system: v.object({ platform: v.string(), arch: v.string() }),
  functions: v.array(manifestFunction),
  /** Absent in artifacts that were built before there were rules. */
  rules: v.optional(rulesSchema),
  /** Sentences on the edge functions of the project, which are not part of the artifact (D54). */
  edgeFunctions: v.optional(v.array(v.string())),
  /** Names of functions that did not build and that `--allow-broken` left out. */
  leftOut: v.optional(v.array(v.string())),
})

export type ManifestRoute = v.InferOutput<typeof route>
export type TrafficRules = v.InferOutput<typeof trafficRules>
export type ManifestFunction = v.InferOutput<typeof manifestFunction>
export type Manifest = v.InferOutput<typeof manifest>

export const manifestSchema = manifest
export const trafficRulesSchema = trafficRules
