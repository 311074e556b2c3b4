import type { Handler } from '@netlify/functions'

/** The Lambda-compatible form: an event comes in, an object goes out. */
export const handler: Handler = async (event, context) => {
  const name = event.queryStringParameters?.name ?? 'world'
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message: `Hello, ${name}!`, requestId: context.awsRequestId }),
  }
}
