import {
  type Assignment,
  createEventReader,
  type IdentityInfo,
  type Invoke,
  type LambdaEvent,
  readIdentityInfo,
  toClientContext,
} from '../protocol/index.ts'

/** What a program gets for one call: the event, and what travels beside it in a header. */
export interface NativeEvent {
  /** JSON. */
  text: string
  /** For `Lambda-Runtime-Client-Context`; absent when nobody is logged in. */
  clientContext?: string
}

/**
 * Makes events as JavaScript functions get them, with what `events.APIGatewayProxyRequest` of Go has beyond
 * (runtime.md §11.4): a client that decodes strictly finds every field, `body` is text or null.
 */
export function createNativeEventReader(
  assignment: Assignment,
): (call: Invoke, requestId: string) => NativeEvent {
  const readEvent = createEventReader(assignment)
  const constantHeaders = assignment.constantHeaders.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const isBackground = assignment.invocationMode === 'background'
  return (call, requestId) => {
    const event = readEvent(call, call.headers + constantHeaders)
    const context = isBackground ? {} : toClientContext(readIdentity(event), assignment.env.URL)
    const extended = {
      ...event,
      body: event.body ?? null,
      resource: '',
      pathParameters: {},
      stageVariables: {},
      requestContext: {
        ...context,
        httpMethod: event.httpMethod,
        path: event.path,
        requestId,
        requestTimeEpoch: Date.now(),
      },
    }
    // `custom` is a map of texts in Go's client, so nothing but texts may be in it.
    return {
      text: JSON.stringify(extended),
      ...(context.custom && { clientContext: JSON.stringify({ custom: context.custom }) }),
    }
  }
}

function readIdentity({ headers }: LambdaEvent): IdentityInfo | null {
  const header = headers['x-nf-identity-info']
  if (header === undefined) return null
  try {
    return readIdentityInfo(header)
  } catch {
    return null // the gateway writes this header itself; a bad one never fails a request (runtime.md §10.4)
  }
}
