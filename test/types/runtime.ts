/**
 * Roost's types for user code (`src/exports`) against what the runtime and the build really give and take. Checked by
 * `tsc --noEmit`; nothing here runs. `scripts/exports.test.ts` sees to it that no exported type is left out.
 *
 * The exported types have to be Netlify's (see netlify-functions.ts), which in some places say more, or less, than is
 * true. Each such member stands in a list here with its reason, and the rest of its type is compared without it.
 */

import type { InSourceKey } from '../../src/builder/config/index.ts'
import type { LambdaEvent } from '../../src/compute/lambda/index.ts'
import type { LambdaResult } from '../../src/compute/lambda/result.ts'
import type { LambdaContext } from '../../src/compute/runtime/formats/lambda/context.ts'
import type { toDeploy, toSite } from '../../src/compute/runtime/formats/web/events/deploy.ts'
import type { toUser } from '../../src/compute/runtime/formats/web/events/identity.ts'
import type { Context } from '../../src/compute/runtime/globals/context-type.ts'
import type { Cookie, Cookies, DeleteCookieOptions } from '../../src/compute/runtime/globals/cookies.ts'
import type { Geo } from '../../src/compute/runtime/globals/geo.ts'
import type { NetlifyGlobal } from '../../src/compute/runtime/globals/netlify.ts'
import type * as ours from '../../src/exports/index.ts'

type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type KeysOf<Union> = Union extends unknown ? keyof Union : never
type SameKeys<A, B> =
  Equal<KeysOf<A>, KeysOf<B>> extends true
    ? true
    : { onlyOurs: Exclude<KeysOf<A>, KeysOf<B>>; onlyTheRuntimes: Exclude<KeysOf<B>, KeysOf<A>> }

/** What user code is given: it has the members that its type says, and each is what the type says. */
type Given<Real, Exported, Except extends PropertyKey = never> =
  SameKeys<Exported, Real> extends true
    ? [Omit<Real, Except>] extends [Omit<Exported, Except>]
      ? true
      : 'what is given is not what the type says'
    : SameKeys<Exported, Real>

/** What user code hands over: everything that its type allows is taken, and nothing else is looked at. */
type Taken<Real, Exported, Except extends PropertyKey = never> =
  Exclude<KeysOf<Exported> | KeysOf<Real>, KeysOf<Exported> & KeysOf<Real>> extends Except
    ? [Omit<Exported, Except>] extends [Omit<Real, Except>]
      ? true
      : 'not all that the type allows is taken'
    : SameKeys<Exported, Real>

type Same<Real, Exported> =
  SameKeys<Exported, Real> extends true ? Equal<Real, Exported> : SameKeys<Exported, Real>

/** `get` of a cookie that is not there gives undefined; Netlify's type says text. */
type CookieLie = 'get'
/** `next` always throws here, so its type is never; the cookies are compared by themselves. */
type ContextLie = 'cookies'
/** Absent without a body; Netlify's type says null. */
type EventLie = 'body'
/** What `@netlify/blobs` reads (runtime.md §10.9); no type says that it is there. */
type EventExtra = 'blobs'
/** Null, where Netlify's type knows a record or nothing; and a record of which it names no member. */
type LambdaContextLie = 'identity' | 'clientContext'
/** Keys of a `config` that are read (build.md §4) and that Netlify's type does not have. */
type UntypedKey =
  | 'externalNodeModules'
  | 'ignoredNodeModules'
  | 'includedFiles'
  | 'name'
  | 'nodeBundler'
  | 'nodeVersion'
  | 'timeout'

export const checks: {
  cookie: Same<Cookie, ours.Cookie>
  deleteCookieOptions: Same<DeleteCookieOptions, ours.DeleteCookieOptions>
  cookies: Given<Cookies, ours.Cookies, CookieLie>
  cookiesGet: Equal<ReturnType<Cookies['get']>, ReturnType<ours.Cookies['get']> | undefined>
  geo: Same<Geo, ours.Geo>
  context: Given<Context, ours.Context, ContextLie>
  deployOfContext: SameKeys<ours.Context['deploy'], Context['deploy']>
  server: SameKeys<ours.Server, Context['server']>
  site: SameKeys<ours.Site, Context['site']>
  netlifyGlobal: Given<NetlifyGlobal, ours.NetlifyGlobal, 'context'>

  handlerEvent: Given<Omit<LambdaEvent, EventExtra>, ours.HandlerEvent, EventLie>
  handlerEventBody: Equal<LambdaEvent['body'], Exclude<ours.HandlerEvent['body'], null> | undefined>
  handlerContext: Given<LambdaContext, ours.HandlerContext, LambdaContextLie>
  handlerResponse: Taken<LambdaResult, ours.HandlerResponse, 'cookies' | 'metadata'>
  streamingResponse: Taken<LambdaResult, ours.StreamingResponse, 'cookies' | 'metadata'>
  /** `builder()` makes `metadata` of `ttl` before the runtime sees it. */
  builderResponse: Taken<LambdaResult, ours.BuilderResponse, 'cookies' | 'metadata' | 'ttl'>

  deploy: SameKeys<ours.Deploy, ReturnType<typeof toDeploy>>
  deploySite: SameKeys<ours.DeploySite, ReturnType<typeof toSite>>
  user: SameKeys<ours.User, ReturnType<typeof toUser>>

  config: Equal<InSourceKey, KeysOf<ours.Config> | UntypedKey>
} = {
  cookie: true,
  deleteCookieOptions: true,
  cookies: true,
  cookiesGet: true,
  geo: true,
  context: true,
  deployOfContext: true,
  server: true,
  site: true,
  netlifyGlobal: true,
  handlerEvent: true,
  handlerEventBody: true,
  handlerContext: true,
  handlerResponse: true,
  streamingResponse: true,
  builderResponse: true,
  deploy: true,
  deploySite: true,
  user: true,
  config: true,
}
