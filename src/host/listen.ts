import { toListenError } from '../base/errors/index.ts'

export const DEFAULT_PORT = 8888
/** How many ports after the default one are tried before the system chooses. */
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
