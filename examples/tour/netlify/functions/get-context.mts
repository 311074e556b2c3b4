import { getContext } from '@netlify/functions'

export default async () => {
  await Promise.resolve()
  return new Response(describeRequest())
}

/** Far from the handler, and nobody passed the context down: `getContext` finds the one of this request. */
function describeRequest(): string {
  const { requestId, url } = getContext()
  return `Request ${requestId} came to ${url.pathname}`
}
