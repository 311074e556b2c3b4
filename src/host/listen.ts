import { RoostError } from '../base/errors/index.ts'

export const DEFAULT_PORT = 8888
/** So many ports after the default one are tried before the system chooses. */
const TRIES = 20

export interface Listener {
  listen(at: { port: number; host: string }): Promise<{ url: string; port: number }>
}

/**
 * Listens on `port`, or, when none is asked for, on 8888 or the next free one.
 * @throws PORT_IN_USE when the port that was asked for is taken; LISTEN_FAILED for anything else.
 */
export async function listenOnFreePort(
  gateway: Listener,
  { port, host }: { port: number | undefined; host: string },
): Promise<{ url: string; port: number }> {
  const candidates = port === undefined ? Array.from({ length: TRIES }, (_, i) => DEFAULT_PORT + i) : [port]
  for (const candidate of candidates) {
    try {
      return await gateway.listen({ port: candidate, host })
    } catch (cause) {
      const error = toListenError(cause, candidate, host, 'port')
      if (port !== undefined || error.code !== 'PORT_IN_USE') throw error
    }
  }
  return gateway.listen({ port: 0, host })
}

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
