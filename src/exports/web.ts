import type { Config } from './config.ts'
import type { Context } from './context.ts'
import type { EventHandlers } from './events.ts'

export type FetchHandler = (request: Request, context: Context) => Response | Promise<Response>

/** Its caller has been answered: what it returns is ignored. */
export type BackgroundFetchHandler = (request: Request, context: Context) => void | Promise<void>

/** A default export that is an object: `export default { fetch, config } satisfies NetlifyFunction`. */
export type NetlifyFunction =
  | (EventHandlers & { fetch?: FetchHandler; config?: Config & { background?: false } })
  | (EventHandlers & { fetch?: BackgroundFetchHandler; config: Config & { background: true } })
