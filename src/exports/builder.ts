import type { BuilderHandler, BuilderResponse, Handler, HandlerResponse } from './lambda.ts'

/**
 * Makes an on-demand builder: called with GET and HEAD only, without query, and its answers are kept, for `ttl` seconds
 * or until the next deploy.
 */
export function builder(handler: BuilderHandler): Handler {
  return (event, context, callback) => {
    if (event.httpMethod !== 'GET' && event.httpMethod !== 'HEAD')
      return Promise.resolve({ statusCode: 405, body: 'Method Not Allowed' })
    const bare = { ...event, queryStringParameters: {}, multiValueQueryStringParameters: {} }
    const result = handler(bare, context, (error, response) => callback?.(error, withMetadata(response)))
    return isPromise(result) ? result.then(withMetadata) : result
  }
}

/** What the gateway needs to know to keep an answer. */
interface Metadata {
  metadata: { version: 1; builder_function: true; ttl: number }
}

function withMetadata(response: BuilderResponse): HandlerResponse & Partial<Metadata> {
  if (!response) return response
  return { ...response, metadata: { version: 1, builder_function: true, ttl: response.ttl || 0 } }
}

function isPromise(result: ReturnType<BuilderHandler>): result is Promise<BuilderResponse> {
  return typeof result === 'object' && typeof result.then === 'function'
}
