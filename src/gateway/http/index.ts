export {
  describeFailure,
  type FailureContext,
  type FunctionError,
} from './failures/failure-answer.ts'
export type { ErrorRecord } from './failures/failure-page.ts'
export { renderNotFoundPage } from './failures/not-found-page.ts'
export {
  type BodyReceiver,
  type ConnectionSink,
  type Front,
  type FrontLimits,
  type FrontOptions,
  type RequestBody,
  type ResponseSink,
  SINK_ARROWS,
  type SinkListener,
} from './front.ts'
export { type Client, identifyClient, identifyHost, isLoopback, normalizeAddress } from './head/client.ts'
export { formatHost, isHost } from './head/host.ts'
export { rememberNames } from './head/known-names.ts'
export {
  acceptsHtml,
  checkRequestHead,
  findHeader,
  InvalidRequest,
  joinHeader,
  type RawHead,
  type RequestHead,
} from './head/request-head.ts'
export { type ForwardedFacts, listForwardedHeaders, writeForwardedHeaders } from './head/request-headers.ts'
export { createRequestIds } from './head/request-id.ts'
export {
  BUILDER_HEADER,
  type CheckedHeaders,
  checkResponse,
  InvalidResponse,
} from './head/response-headers.ts'
export { parseTarget, type Target } from './head/target.ts'
export { createLeanFront } from './lean/lean-front.ts'
export { createNodeFront } from './node/node-front.ts'
export { escapeHtml, renderPage } from './page.ts'
export { type Answer, markError, NO_REUSE, REQUEST_ID, refuse } from './refusal.ts'
