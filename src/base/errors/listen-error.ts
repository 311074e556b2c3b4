import { RoostError } from './roost-error.ts'

/** @param flag which of ours chose the port. */
export function toListenError(
  cause: unknown,
  port: number,
  host: string,
  flag: 'port' | 'admin-port',
): RoostError {
  const { code, message } = cause as NodeJS.ErrnoException
  if (code === 'EADDRINUSE' || code === 'PORT_IN_USE')
    return new RoostError('PORT_IN_USE', `Port ${port} on ${host} is in use.`, {
      hint:
        flag === 'port'
          ? 'Stop the program that listens there, choose another --port, or leave --port out to take the next free one.'
          : 'Stop the program that listens there, or choose another --admin-port; 0 takes any free one.',
      cause,
    })
  // The gateway's own error has the sentence already.
  const sentence = code === 'LISTEN_FAILED' ? message : `Cannot listen on ${host}:${port}: ${message}`
  return new RoostError('LISTEN_FAILED', sentence, {
    hint: `Check ${flag === 'port' ? '--host and --port' : '--admin-port'}, and that this user may use that port.`,
    cause,
  })
}
