import { isRoostError, RoostError } from '../../base/errors/index.ts'
import { isBodyless } from '../../base/lib/index.ts'
import { type Exchange, toRefusalHeaders } from '../../base/loopback/index.ts'

export function replyJson(exchange: Exchange, value: unknown, status = 200): void {
  const text = JSON.stringify(value)
  exchange.reply(
    status,
    { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
    text,
  )
}

export function replyEmpty(
  exchange: Exchange,
  status: number,
  headers: Record<string, string | number> = {},
): void {
  exchange.reply(status, isBodyless(false, status) ? headers : { 'content-length': 0, ...headers })
}

/** Without a body, as Netlify answers; the code says which failure it is, and the message goes where clients look. */
export function replyError(exchange: Exchange, error: RoostError, status = error.status): void {
  const message = error.hint === undefined ? error.message : `${error.message} ${error.hint}`
  replyEmpty(exchange, status, {
    ...toRefusalHeaders(error),
    ...(status !== 403 && { 'x-nf-error': message.replace(/[^\x20-\x7e]/g, '?') }),
  })
}

export function toRoostError(error: unknown): RoostError {
  if (isRoostError(error)) return error
  const message = error instanceof Error ? error.message : String(error)
  return new RoostError('INTERNAL', message, { cause: error })
}

export function methodNotAllowed({ request }: Exchange): RoostError {
  return new RoostError('METHOD_NOT_ALLOWED', `Method ${request.method} is not supported here.`)
}

export function denied(): RoostError {
  return new RoostError('ACCESS_DENIED', 'The token is missing, has expired, or belongs to another site.')
}
