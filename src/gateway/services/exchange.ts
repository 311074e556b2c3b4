import type { IncomingMessage, ServerResponse } from 'node:http'
import { isRoostError, RoostError } from '../../base/errors/index.ts'
import { formatBytes } from '../../base/lib/index.ts'

export type Request = IncomingMessage
export type Response = ServerResponse

export function replyJson(response: Response, value: unknown, status = 200): void {
  const text = JSON.stringify(value)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

export function replyEmpty(
  response: Response,
  status: number,
  headers: Record<string, string | number> = {},
): void {
  response.writeHead(status, status === 204 || status === 304 ? headers : { 'content-length': 0, ...headers })
  response.end()
}

/** Without a body, as Netlify answers; the code says which failure it is, and the message goes where clients look. */
export function replyError(response: Response, error: RoostError, status = error.status): void {
  const message = error.hint === undefined ? error.message : `${error.message} ${error.hint}`
  replyEmpty(response, status, {
    'x-roost-error': error.code,
    ...(status !== 403 && { 'x-nf-error': message.replace(/[^\x20-\x7e]/g, '?') }),
  })
}

export function toRoostError(error: unknown): RoostError {
  if (isRoostError(error)) return error
  const message = error instanceof Error ? error.message : String(error)
  return new RoostError('INTERNAL', message, { cause: error })
}

/** The body. Whoever stops reading leaves the connection as it is: the answer still has to go over it. */
export function readPieces(request: Request): AsyncIterable<Buffer> {
  return request.iterator({ destroyOnReturn: false })
}

/** @throws BODY_TOO_LARGE */
export async function readBody(request: Request, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of readPieces(request)) {
    size += piece.length
    if (size > maxBytes)
      throw new RoostError('BODY_TOO_LARGE', `The body is larger than ${formatBytes(maxBytes)}.`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces, size)
}

export function methodNotAllowed(request: Request): RoostError {
  return new RoostError('METHOD_NOT_ALLOWED', `${request.method} is not offered here.`)
}

export function denied(): RoostError {
  return new RoostError('ACCESS_DENIED', 'The token is missing, has ended, or is for another site.')
}
