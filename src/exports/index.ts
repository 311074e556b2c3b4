/**
 * What user code imports from `roost-functions`: types and helpers for functions, assignable to and from those of
 * `@netlify/functions`, so that a project can use either. Stands alone: it imports nothing else of Roost.
 */
export { builder } from './builder.ts'
export type {
  Config,
  FunctionRegion,
  HttpMethod,
  RateLimitConfig,
} from './config.ts'
export type {
  Context,
  Cookie,
  Cookies,
  DeleteCookieOptions,
  Geo,
  NetlifyGlobal,
  Server,
  Site,
} from './context.ts'
export type * from './events.ts'
export { getContext } from './get-context.ts'
export type {
  BackgroundHandler,
  BuilderHandler,
  BuilderResponse,
  Handler,
  HandlerCallback,
  HandlerContext,
  HandlerEvent,
  HandlerResponse,
  StreamingHandler,
  StreamingResponse,
} from './lambda.ts'
export { Netlify } from './netlify.ts'
export { type PurgeCacheOptions, purgeCache } from './purge-cache.ts'
export { schedule } from './schedule.ts'
export { stream } from './stream.ts'
export type { BackgroundFetchHandler, FetchHandler, NetlifyFunction } from './web.ts'
