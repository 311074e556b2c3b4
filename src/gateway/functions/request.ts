import type { FunctionMatch } from '../../artifact/routes/index.ts'
import type { RedirectMatch } from '../../artifact/rules/index.ts'
import type { RequestBody, RequestHead } from '../http/index.ts'
import type { Trace } from '../trace/index.ts'
import type { GatewayContext } from './context.ts'
import type { Deploy, Target } from './deploy.ts'
import type { Reply } from './reply.ts'

/** A request as the steps see it (steps.ts). */
export interface GatewayRequest {
  readonly gateway: GatewayContext
  /** Taken once: the request sees it from its first byte to its last. */
  readonly deploy: Deploy
  /** The host name of the site, where it is known by its names. */
  readonly domain: string | undefined
  readonly head: RequestHead
  readonly body: RequestBody
  readonly reply: Reply
  /** Asks the steps behind `step`, for a request that this one has led to. */
  readonly continueAfter: (step: Step, request: GatewayRequest) => void
  /** What the steps look up: the client's path, until a rule rewrites it. */
  path: string
  /** With its question mark, or '': the client's, until a rule has a target with a query of its own (D3). */
  query: string
  /** Which purges came before it, as the cache counts them. */
  cacheSince: number
  /** The path, or what it leads to, is behind a password. */
  isProtected: boolean
  /** The redirect rule that has rewritten the request, or sends it to another server. */
  rule: RedirectMatch | undefined
  /** The function that is asked for, once a step has found one. */
  match: FunctionMatch<Target> | undefined
  /** Hears what the steps find. Undefined for the requests of production: nobody would read it. */
  readonly trace: Trace | undefined
}

/** One thing that may happen to a request. Each is asked once at most, in the order of the list. */
export type Step = (request: GatewayRequest) => StepOutcome

export type StepOutcome =
  /** This step answers, now or later, through `request.reply`. */
  | 'answer'
  /** The request is for one of the steps behind this one. */
  | 'pass'
  /** One of the two, once what this step has begun is done. */
  | { readonly until: Promise<'answer' | 'pass'> }
