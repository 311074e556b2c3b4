import { RoostError } from '../../base/errors/index.ts'

/** Why a port cannot be listened on, and what to do about it. */
export function toListenError(cause: NodeJS.ErrnoException, port: number, host: string): RoostError {
  if (cause.code === 'EADDRINUSE')
    return new RoostError('PORT_IN_USE', `Port ${port} on ${host} is in use.`, {
      hint: 'Stop the program that listens there, or choose another port.',
      details: { port, host },
      cause,
    })
  return new RoostError('LISTEN_FAILED', `Cannot listen on ${host}:${port}: ${cause.message}`, {
    details: { port, host },
    cause,
  })
}
