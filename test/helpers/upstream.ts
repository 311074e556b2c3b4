import {
  createServer,
  type Server as HttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { listenAt } from '../../src/gateway/http/listen.ts'

/** A server that proxies lead to. */
export interface Upstream {
  readonly url: string
  readonly port: number
  /** Connections that are open now, and that have ever been made. */
  readonly open: ReadonlySet<Socket>
  readonly made: number
  stop(): Promise<void>
}

export type Serve = (req: IncomingMessage, res: ServerResponse) => void

/** A server of `node:http`. @param prepare what else it hears, before it listens. */
export function startUpstream(serve: Serve, prepare?: (server: HttpServer) => void): Promise<Upstream> {
  const server = createServer({ keepAliveTimeout: 60_000 }, serve)
  prepare?.(server)
  return start(server)
}

/** One that speaks for itself: whatever it writes. */
export function startRawUpstream(serve: (socket: Socket, received: () => string) => void): Promise<Upstream> {
  return start(
    createTcpServer({ allowHalfOpen: true }, (socket) => {
      let text = ''
      socket.on('data', (bytes) => {
        text += bytes.toString('latin1')
      })
      socket.on('end', () => socket.end())
      serve(socket, () => text)
    }),
  )
}

/** A server that is already made, of whatever kind. */
export async function start(server: Server, host = '127.0.0.1'): Promise<Upstream> {
  const open = new Set<Socket>()
  let made = 0
  server.on('connection', (socket: Socket) => {
    made++
    open.add(socket)
    socket.on('error', () => undefined) // those who ask may leave in any way
    socket.on('close', () => open.delete(socket))
  })
  const { port } = await listenAt(server, { port: 0, host })
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    open,
    get made() {
      return made
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}

export interface SeenRequest {
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: string
}

/** Answers with what it has been asked. */
export const echo: Serve = (req, res) => {
  let body = ''
  req.setEncoding('latin1')
  req.on('data', (text: string) => {
    body += text
  })
  req.on('end', () => {
    const { method = '', url = '', headers } = req
    res.setHeader('content-type', 'application/json')
    res.end(JSON.stringify({ method, url, headers, body } satisfies SeenRequest))
  })
}
