export { type Client, identifyClient, identifyHost, isLoopback, normalizeAddress } from './client.ts'
export {
  describeFailure,
  type FailureContext,
  type FunctionError,
} from './failure-answer.ts'
export type { ErrorRecord } from './failure-page.ts'
export type {
  BodyReceiver,
  Front,
  FrontLimits,
  FrontOptions,
  RequestBody,
  ResponseSink,
  SinkListener,
} from './front.ts'
export { formatHost, isHost } from './host.ts'
export { createLeanFront } from './lean-front.ts'
export { createNodeFront } from './node-front.ts'
export { type Answer, markError, NO_REUSE, REQUEST_ID, refuse } from './refusal.ts'
export {
  acceptsHtml,
  checkRequestHead,
  findHeader,
  InvalidRequest,
  type RawHead,
  type RequestHead,
} from './request-head.ts'
export { type ForwardedFacts, writeForwardedHeaders } from './request-headers.ts'
export { createRequestIds } from './request-id.ts'
export { BUILDER_HEADER, type CheckedHeaders, checkResponse, InvalidResponse } from './response-headers.ts'
export { parseTarget, type Target } from './target.ts'
