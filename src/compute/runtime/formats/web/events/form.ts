import type { EventKind } from './kind.ts'
import { InvalidPayload, requireObject } from './payload.ts'

/** A form was submitted: the handler sees the submitted data only (runtime.md §9.1). */
export const formSubmitted: EventKind = {
  handlerName: 'formSubmitted',
  read(body) {
    const fields = requireObject(body, 'expected an object')
    const payload = requireObject(fields.payload, 'missing "payload" object')
    const { data } = payload
    if (typeof data !== 'object' || data === null) throw new InvalidPayload('missing "payload.data"')
    return { argument: { data }, answer: () => ({ status: 200 }) }
  },
}
