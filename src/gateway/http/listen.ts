import type { AddressInfo, Server } from 'node:net'
import { RoostError } from '../../base/errors/index.ts'
import type { FrontOptions } from './front.ts'

/**
 * Listens, with any kind of server. @returns where, with the port that was chosen for 0.
 * @throws PORT_IN_USE, LISTEN_FAILED: it may be called again.
 */
export function listenAt(
  server: Server,
  { port, host }: { port: number; host: string },
): Promise<{ port: number; host: string }> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => {
      server.off('listening', onListening)
      reject(toListenError(cause, port, host))
    }
    const onListening = (): void => {
      server.off('error', onError)
      resolve({ port: (server.address() as AddressInfo).port, host })
    }
    server.once('error', onError)
    server.once('listening', onListening)
    server.listen(port, host)
  })
}

/** Beyond the limit Node ends a connection at once: an answer to each would cost what the limit is to spare. */
export function boundConnections(server: Server, { limits, newRequestId, onRefusal }: FrontOptions): void {
  const { connections } = limits
  if (connections === 0) return
  server.maxConnections = connections
  server.on('drop', () =>
    onRefusal('HOST_BUSY', newRequestId(), `Too many connections: ${connections} are open.`),
  )
}

/** Why a port cannot be listened on, and what to do about it. */
function toListenError(cause: NodeJS.ErrnoException, port: number, host: string): RoostError {
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
