import type { Buffer } from 'node:buffer'
import type { Invocation } from '../../../invocation.ts'
import { deployEvent } from './deploy.ts'
import { formSubmitted } from './form.ts'
import { identityEvent } from './identity.ts'
import type { EventAnswer, EventKind } from './kind.ts'
import { InvalidPayload } from './payload.ts'

/** runtime.md §9.1. */
const KINDS = new Map<string, EventKind>([
  ['deploy_building', deployEvent('deployBuilding')],
  ['deploy_succeeded', deployEvent('deploySucceeded')],
  ['deploy_failed', deployEvent('deployFailed')],
  ['deploy_deleted', deployEvent('deployDeleted')],
  ['deploy_locked', deployEvent('deployLocked')],
  ['deploy_unlocked', deployEvent('deployUnlocked')],
  ['submission_created', formSubmitted],
  ['identity_validate', identityEvent('userValidate')],
  ['identity_signup', identityEvent('userSignup')],
  ['identity_login', identityEvent('userLogin')],
  ['identity_usermodified', identityEvent('userModified')],
  ['identity_userdeleted', identityEvent('userDeleted')],
])

/** A handler that a delivery is for. */
export interface EventHandler {
  slug: string
  kind: EventKind
  /** Calls the user's handler, bound to its object. */
  call(argument: unknown): unknown
}

/** The handler of `target` for a delivery, or undefined: then it is an ordinary request (runtime.md cases 142, 143). */
export function findEventHandler(target: unknown, slug: string): EventHandler | undefined {
  const kind = KINDS.get(slug)
  if (kind === undefined) return undefined
  const handler = (target as Record<string, unknown>)[kind.handlerName]
  if (typeof handler !== 'function') return undefined
  return { slug, kind, call: (argument) => handler.call(target, argument) as unknown }
}

/** Reads the delivery, calls the handler, answers. What the handler throws fails the invocation. */
export function respondToEvent(handler: EventHandler, invocation: Invocation): void {
  deliver(handler, invocation.call.body).then(
    ({ status, json }) => {
      if (json === undefined) invocation.answer.respond(status, [], null)
      else invocation.answer.respond(status, JSON_HEADERS, JSON.stringify(json))
    },
    (error: unknown) => invocation.fail(error, 'handler'),
  )
}

const JSON_HEADERS = ['content-type', 'application/json']

async function deliver({ slug, kind, call }: EventHandler, body: Buffer | undefined): Promise<EventAnswer> {
  let delivery: ReturnType<EventKind['read']>
  try {
    delivery = kind.read(parse(body, slug))
  } catch (error) {
    if (!(error instanceof InvalidPayload)) throw error
    return { status: 400, json: { error: error.describe(slug) } }
  }
  return delivery.answer(await call(delivery.argument))
}

function parse(body: Buffer | undefined, slug: string): unknown {
  try {
    return JSON.parse(body?.toString('utf8') ?? '')
  } catch {
    throw new InvalidPayload(`Failed to parse event payload as JSON for "${slug}"`, true)
  }
}
