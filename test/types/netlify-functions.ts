/**
 * Roost's types for user code against those of `@netlify/functions`: each is assignable to the other, so a project can
 * change the import and nothing else. Checked by `tsc --noEmit`; nothing here runs.
 */
import type * as theirs from '@netlify/functions'
import type * as ours from '../../src/exports/index.ts'

/** `true` when each is assignable to the other; otherwise which way fails. */
type Interchangeable<A, B> = [A] extends [B]
  ? [B] extends [A]
    ? true
    : 'theirs is not assignable to ours'
  : 'ours is not assignable to theirs'

export const checks: {
  context: Interchangeable<ours.Context, theirs.Context>
  config: Interchangeable<ours.Config, theirs.Config>
  netlifyFunction: Interchangeable<ours.NetlifyFunction, theirs.NetlifyFunction>
  netlifyGlobal: Interchangeable<ours.NetlifyGlobal, typeof globalThis.Netlify>

  handler: Interchangeable<ours.Handler, theirs.Handler>
  handlerEvent: Interchangeable<ours.HandlerEvent, theirs.HandlerEvent>
  handlerContext: Interchangeable<ours.HandlerContext, theirs.HandlerContext>
  handlerResponse: Interchangeable<ours.HandlerResponse, theirs.HandlerResponse>
  handlerCallback: Interchangeable<ours.HandlerCallback, theirs.HandlerCallback>
  backgroundHandler: Interchangeable<ours.BackgroundHandler, theirs.BackgroundHandler>
  builderHandler: Interchangeable<ours.BuilderHandler, theirs.BuilderHandler>
  builderResponse: Interchangeable<ours.BuilderResponse, theirs.BuilderResponse>
  streamingHandler: Interchangeable<ours.StreamingHandler, theirs.StreamingHandler>
  streamingResponse: Interchangeable<ours.StreamingResponse, theirs.StreamingResponse>

  deploy: Interchangeable<ours.Deploy, theirs.Deploy>
  deploySite: Interchangeable<ours.DeploySite, theirs.DeploySite>
  deployEvent: Interchangeable<ours.DeploySucceededEvent, theirs.DeploySucceededEvent>
  deployHandler: Interchangeable<ours.DeploySucceededHandler, theirs.DeploySucceededHandler>
  formEvent: Interchangeable<ours.FormSubmittedEvent, theirs.FormSubmittedEvent>
  formHandler: Interchangeable<ours.FormSubmittedHandler, theirs.FormSubmittedHandler>
  user: Interchangeable<ours.User, theirs.User>
  userEvent: Interchangeable<ours.UserSignupEvent, theirs.UserSignupEvent>
  userHandler: Interchangeable<ours.UserSignupHandler, theirs.UserSignupHandler>
  userDeletedEvent: Interchangeable<ours.UserDeletedEvent, theirs.UserDeletedEvent>
  userDeletedHandler: Interchangeable<ours.UserDeletedHandler, theirs.UserDeletedHandler>

  getContext: Interchangeable<typeof ours.getContext, typeof theirs.getContext>
  schedule: Interchangeable<typeof ours.schedule, typeof theirs.schedule>
  builder: Interchangeable<typeof ours.builder, typeof theirs.builder>
  stream: Interchangeable<typeof ours.stream, typeof theirs.stream>
  purgeCache: Interchangeable<typeof ours.purgeCache, typeof theirs.purgeCache>
} = {
  context: true,
  config: true,
  netlifyFunction: true,
  netlifyGlobal: true,
  handler: true,
  handlerEvent: true,
  handlerContext: true,
  handlerResponse: true,
  handlerCallback: true,
  backgroundHandler: true,
  builderHandler: true,
  builderResponse: true,
  streamingHandler: true,
  streamingResponse: true,
  deploy: true,
  deploySite: true,
  deployEvent: true,
  deployHandler: true,
  formEvent: true,
  formHandler: true,
  user: true,
  userEvent: true,
  userHandler: true,
  userDeletedEvent: true,
  userDeletedHandler: true,
  getContext: true,
  schedule: true,
  builder: true,
  stream: true,
  purgeCache: true,
}

/** Code as people write it, with our types. */
export const config: ours.Config = { path: ['/a', '/b/:c'], method: 'GET', memory: '2gb' }
export const asFunction = {
  fetch: (request, context) => Response.json([request.url, context.geo.city]),
  deploySucceeded: ({ deploy }) => console.log(deploy.id),
  config: { path: '/a' },
} satisfies ours.NetlifyFunction

// @ts-expect-error a scheduled function has no path
export const wrong: ours.Config = { schedule: '@hourly', path: '/a' }
