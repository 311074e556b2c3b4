import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ErrorCode } from '../../../base/errors/index.ts'
import { http, monotonicNow } from '../../../base/lib/index.ts'
import type { Front, FrontOptions } from '../front.ts'
import { formatHost } from '../head/host.ts'
import { checkRequestHead, InvalidRequest } from '../head/request-head.ts'
import { boundConnections, listenAt } from '../listen.ts'
import { CHECK_EVERY_MS, formatRawAnswer, LINGER_MS, METHODS, refuseAtDoor } from '../refusal.ts'
import { NodeConnection, NodeExchange } from './node-exchange.ts'

/**
 * The front on `node:http`. Its parser and its keep-alive do the work; what is added is what it leaves open: one valid
 * Host (D24), CONNECT and TRACE refused, answers with a code for what it cannot parse, clients that stop
 * reading, and a close that ends.
 *
 * An `Upgrade` header is ignored, as HTTP allows: the request is answered as if it had none, and is the last.
 */
export function createNodeFront(options: FrontOptions): Front {
  return new NodeFront(options)
}

class NodeFront implements Front {
  readonly #options: FrontOptions
  readonly #server: Server
  readonly #connections = new Map<Duplex, NodeConnection>()
  #check: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined
  /** Called when the last connection has ended, once the server takes no more. */
  #onEmpty: (() => void) | undefined

  constructor(options: FrontOptions) {
    this.#options = options
    const { limits } = options
    const server = http.createServer({
      maxHeaderSize: limits.requestHeadBytes,
      headersTimeout: limits.requestHeadTimeoutMs,
      requestTimeout: 0, // a body that is streamed has no time for the whole of it
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: limits.checkEveryMs ?? CHECK_EVERY_MS, // Node's own 30 s would stretch every limit
      requireHostHeader: false,
      insecureHTTPParser: false,
    })
    this.#server = server
    server.maxHeadersCount = 0 // bytes bound them already; a number would drop headers silently
    server.timeout = limits.clientStallMs
    boundConnections(server, options)
    server.on('connection', (socket) => this.#onConnection(socket))
    server.on('request', (req, res) => this.#onRequest(req, res, false))
    server.on('checkContinue', (req, res) => this.#onRequest(req, res, true))
    server.on('checkExpectation', (req, res) => this.#onExpectation(req, res))
    server.on('connect', (_req, socket) => this.#onConnect(socket))
    server.on('clientError', (error, socket) => this.#onClientError(error, socket))
    server.on('timeout', (socket) => this.#connections.get(socket)?.onTimeout())
  }

  get connections(): number {
    return this.#connections.size
  }

  get openRequests(): number {
    let count = 0
    for (const connection of this.#connections.values()) count += connection.open.length
    return count
  }

  async listen(address: { port: number; host: string }): Promise<{ port: number; host: string }> {
    const at = await listenAt(this.#server, address)
    this.#check = setInterval(
      () => this.#onCheck(),
      this.#options.limits.checkEveryMs ?? CHECK_EVERY_MS,
    ).unref()
    return at
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      const server = this.#server
      // The close of node:http would also stop looking for heads and bodies that do not arrive, on which this one waits.
      NetServer.prototype.close.call(server)
      this.#onEmpty = () => {
        server.close()
        clearInterval(this.#check)
        resolve()
      }
      if (this.#connections.size === 0) return this.#onEmpty()
      // What is answered from now on says `connection: close`; what is being answered ends its connection after it.
      server.keepAliveTimeout = 1
      server.keepAliveTimeoutBuffer = 0
      for (const connection of this.#connections.values()) connection.close()
      // What clients have sent before lies in the system's buffers: a whole turn reads it, and idle is who is idle then.
      setImmediate(() => setImmediate(() => server.closeIdleConnections()))
    })
    return this.#closing
  }

  async destroy(): Promise<void> {
    const closed = this.close()
    for (const socket of this.#connections.keys()) socket.destroy()
    await closed
  }

  #onConnection(socket: Socket): void {
    const connection = new NodeConnection(socket, this.#options)
    this.#connections.set(socket, connection)
    socket.on('close', () => {
      this.#connections.delete(socket)
      connection.onClose()
      if (this.#connections.size === 0) this.#onEmpty?.()
    })
  }

  #onRequest(req: IncomingMessage, res: ServerResponse, expectsContinue: boolean): void {
    const connection = this.#connections.get(req.socket)
    if (connection === undefined || connection.isOver) return // it has just ended, or is about to
    const exchange = new NodeExchange(connection, req, res, expectsContinue)
    // Behind an upgrade Node forgets the bytes that came with its end; behind an expectation without a body, which it
    // answers for the last time as well, it would go on reading.
    if (req.headers.upgrade !== undefined || (expectsContinue && exchange.isEmpty)) exchange.makeLast()
    const head = checkRequestHead({
      method: req.method!,
      target: req.url!,
      headers: req.rawHeaders,
      httpVersion: req.httpVersion,
      scheme: 'http',
      remoteAddress: req.socket.remoteAddress ?? '',
      localHost:
        req.httpVersion === '1.1' ? '' : formatHost(req.socket.localAddress ?? '', req.socket.localPort ?? 0),
    })
    if (head instanceof InvalidRequest) return this.#refuse(exchange, 'REQUEST_INVALID', `${head.reason}.`)
    if (head.method === 'TRACE')
      return this.#refuse(exchange, 'METHOD_NOT_ALLOWED', 'Method Not Allowed', ['allow', METHODS])
    this.#options.onRequest(head, exchange, exchange)
  }

  /** Node hands over the socket, and with it the order of answers. */
  #onConnect(socket: Duplex): void {
    const connection = this.#connections.get(socket)
    if (connection === undefined || connection.isOver) return // it has just ended, or is about to
    connection.isGivenUp = true
    connection.giveUp(
      () => this.#refuseRaw(socket, 'METHOD_NOT_ALLOWED', 'Method Not Allowed', ['allow', METHODS]),
      () => this.#end(socket),
    )
  }

  #onExpectation(req: IncomingMessage, res: ServerResponse): void {
    const connection = this.#connections.get(req.socket)
    if (connection === undefined || connection.isOver) return // it has just ended, or is about to
    const exchange = new NodeExchange(connection, req, res, true)
    this.#refuse(exchange, 'EXPECTATION_FAILED', 'The only supported Expect header is "100-continue".')
  }

  /** The connection ends with it: a client that sends what no server takes is not trusted with where its requests end. */
  #refuse(exchange: NodeExchange, code: ErrorCode, text: string, headers: readonly string[] = []): void {
    exchange.makeLast()
    const answer = refuseAtDoor(this.#options, code, text, headers)
    exchange.send(answer.status, answer.headers, answer.body)
  }

  /** Answers what never became a request, and ends the connection. */
  #refuseRaw(socket: Duplex, code: ErrorCode, text: string, headers: readonly string[] = []): void {
    this.#end(socket, formatRawAnswer(refuseAtDoor(this.#options, code, text, headers)))
  }

  #end(socket: Duplex, last = ''): void {
    socket.end(last, 'latin1')
    setTimeout(() => socket.destroy(), this.#options.limits.lingerMs ?? LINGER_MS).unref()
  }

  /** Are there bodies that take too long? */
  #onCheck(): void {
    const nowMs = monotonicNow()
    for (const connection of [...this.#connections.values()])
      if (connection.isLate(nowMs)) this.#onClientError(LATE, connection.socket)
  }

  /** The parser gave up, or a head or body did not arrive in time. Node has done nothing yet. */
  #onClientError(error: Error & { code?: string; reason?: string }, socket: Duplex): void {
    const connection = this.#connections.get(socket)
    if (connection === undefined || connection.isGivenUp) return
    connection.isGivenUp = true
    // What follows a request that said it was the last one: nobody reads it, and Node ends the connection.
    if (error.code === 'HPE_CLOSED_CONNECTION') return
    const hasGone = error.code === 'ECONNRESET' || error.code === 'HPE_INVALID_EOF_STATE'
    // Nothing can be said to a client that has gone, or that has said nothing.
    if (hasGone || !socket.writable || connection.socket.bytesRead === 0) {
      socket.destroy()
      return
    }
    const [code, text] = describeRefusal(error)
    connection.giveUp(
      () => this.#refuseRaw(socket, code, text),
      () => this.#end(socket),
    )
  }
}

/** As Node says it of a head. */
const LATE = Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })

function describeRefusal(error: Error & { code?: string; reason?: string }): [code: ErrorCode, text: string] {
  if (error.code === 'HPE_HEADER_OVERFLOW')
    return ['HEADERS_TOO_LARGE', 'Request line and headers are too large.']
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return ['REQUEST_TIMEOUT', 'The request did not arrive in time.']
  return ['REQUEST_INVALID', `The request is malformed: ${error.reason ?? error.message}.`]
}
