import { findSubscribers, type ResolvedFunction } from '../../artifact/manifest/index.ts'
import { createRouter, type RoutableFunction, type Router } from '../../artifact/routes/index.ts'
import type { SiteRules } from '../../artifact/rules/index.ts'
import type { FunctionVersion } from '../../compute/pool/index.ts'
import type { AnswerStore } from '../../platform/answers/index.ts'
import type { DeployCache, HttpCache } from '../cache/index.ts'
import { type CompiledRules, compileRules } from '../rules/index.ts'
import type { StaticSite } from '../static/index.ts'
import { BuilderCache } from './builder-cache.ts'
import { CACHE_STATUS } from './cache-status.ts'
import { type Callers, completeCallers } from './callers.ts'

/** A site as one of its host names shows it. */
export interface Site {
  /** The deploy that the name stands for: the published one, or one that has a name of its own. */
  readonly deploy: Deploy
  /**
   * That name, lower case. Undefined where the site answers to every name, as in `serve`: which one a client says means
   * nothing then.
   */
  readonly domain?: string
}

/** What a deploy is and what it is for. */
export interface DeployFacts {
  readonly id: string
  readonly siteId: string
  readonly siteName: string
  /** How much a client may see and run: stacks, scheduled functions by their URL, builders that build each time. */
  readonly mode: 'production' | 'dev'
  /** The deploy context: `production`, `deploy-preview`, `branch-deploy`, `dev`, or a branch's own. */
  readonly context: string
  /** Whether the site's own host names stand for it. */
  readonly isPublished: boolean
}

/** What a site serves: one immutable value. A request that has taken it keeps it to its last byte. */
export interface Deploy extends DeployFacts {
  /** What its functions are told of whoever calls. */
  readonly callers: Callers
  readonly router: Router<Target>
  readonly rules: CompiledRules
  /** The site's public origin. */
  readonly siteUrl: string
  /** The value of a variable that the operator has given to the site (D88). */
  secretOf(name: string): string | undefined
  readonly staticSite: StaticSite | undefined
  /** Whom a submitted form runs. None: a form is a request like any other. */
  readonly formReceivers: readonly Target[]
  /** Answers of on-demand builders: they hold as long as the deploy. */
  readonly builders: BuilderCache
  /** Responses that all clients may share; undefined: nothing is shared (dev, `--no-cache`). */
  readonly cache: DeployCache | undefined
  /** What `cache-status` says of a response that is not from the cache; undefined: nothing (dev). */
  readonly cacheStatus: string | undefined
}

/** A function as the gateway sees it: everything about it that does not change between requests, worked out once. */
export interface Target
  extends RoutableFunction,
    Pick<
      ResolvedFunction,
      | 'eventSubscriptions'
      | 'access'
      | 'isBackground'
      | 'isBuffered'
      | 'timeoutMs'
      | 'maxBodyBytes'
      | 'rateLimit'
      | 'mainFile'
    > {
  readonly version: FunctionVersion
}

export interface DeployOptions {
  facts: DeployFacts
  callers?: Callers
  functions: readonly ResolvedFunction[]
  /** By name; one for each function. */
  versions: ReadonlyMap<string, FunctionVersion>
  rules?: SiteRules | undefined
  siteUrl?: string
  secretOf?: Deploy['secretOf']
  staticSite?: StaticSite | undefined
  answers: AnswerStore
  /** Undefined: nothing is shared. */
  cache?: HttpCache | undefined
}

/** @throws RoostErrors with FUNCTION_PATH_INVALID and FUNCTION_PATH_UNSAFE: no request may meet such a route. */
export function createDeploy(options: DeployOptions): Deploy {
  const { facts, callers = {}, functions, versions, rules, staticSite, answers, cache } = options
  const targets = functions.map((fn) => toTarget(fn, versions))
  const compiled = compileRules(rules)
  const shared = facts.mode === 'production' ? cache : undefined
  return {
    ...facts,
    callers: completeCallers(callers, facts.mode),
    router: createRouter(targets, { hasStatic: (path) => staticSite?.has(path) ?? false }),
    siteUrl: options.siteUrl ?? '',
    secretOf: options.secretOf ?? (() => undefined),
    rules: compiled,
    staticSite,
    formReceivers: findSubscribers(targets, 'submission-created'),
    builders: new BuilderCache(answers, facts.siteId, facts.id),
    cache: shared?.openDeploy(facts),
    cacheStatus: facts.mode === 'dev' ? undefined : shared ? CACHE_STATUS.miss : CACHE_STATUS.bypass,
  }
}

function toTarget(fn: ResolvedFunction, versions: ReadonlyMap<string, FunctionVersion>): Target {
  const version = versions.get(fn.name)
  if (version === undefined) throw new Error(`no version for function "${fn.name}"`)
  const { name, routes, excludedRoutes, priority, eventSubscriptions } = fn
  const { access, isBackground, isBuffered, timeoutMs, maxBodyBytes, rateLimit, mainFile } = fn
  return {
    name,
    routes,
    excludedRoutes,
    priority,
    version,
    eventSubscriptions,
    access,
    isBackground,
    isBuffered,
    timeoutMs,
    maxBodyBytes,
    rateLimit,
    ...(mainFile !== undefined && { mainFile }),
  }
}
