import {
  createEventReader,
  type IdentityInfo,
  type LambdaEvent,
  readIdentityInfo,
  toClientContext,
} from '../lambda/index.ts'
import type { Assignment, Invoke } from '../protocol/index.ts'

/** What a program gets for one call: the event, and what travels beside it in a header. */
export interface NativeEvent {
  /** JSON. */
  text: Uint8Array
  /** For `Lambda-Runtime-Client-Context`; absent when nobody is logged in. */
  clientContext?: string
}

/** What the events of a function say about it. */
export type EventFacts = Pick<Assignment, 'routes' | 'extras' | 'constantHeaders' | 'invocationMode'> & {
  siteUrl: string | undefined
}

export interface EventArgs {
  facts: EventFacts
  call: Pick<Invoke, 'method' | 'url' | 'route' | 'headers'> & { body: Uint8Array | undefined }
  requestId: string
}

export function toEventFacts(assignment: Assignment): EventFacts {
  const { routes, extras, constantHeaders, invocationMode, env } = assignment
  return { routes, extras, constantHeaders, invocationMode, siteUrl: env.URL }
}

/**
 * Makes events as JavaScript functions get them, with what `events.APIGatewayProxyRequest` of Go has beyond
 * (runtime.md §11.4): a client that decodes strictly finds every field, `body` is text or null.
 */
export function makeEvent({ facts, call, requestId }: EventArgs): NativeEvent {
  const constantHeaders = facts.constantHeaders.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const event = createEventReader(facts)(
    { ...call, body: toBuffer(call.body) },
    call.headers + constantHeaders,
  )
  const isBackground = facts.invocationMode === 'background'
  const context = isBackground ? {} : toClientContext(readIdentity(event), facts.siteUrl)
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
    text: Buffer.from(JSON.stringify(extended)),
    ...(context.custom && { clientContext: JSON.stringify({ custom: context.custom }) }),
  }
}

/** What has been in another thread is not a Buffer any more. */
function toBuffer(bytes: Uint8Array | undefined): Buffer | undefined {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
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
