import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ErrorCode } from '../errors/index.ts'
import { type Clock, http, monotonicNow } from '../lib/index.ts'
import type { Backlog, BodyBudget } from '../memory/index.ts'
import { Connection, type ConnectionLimits } from './connection.ts'
import type { Exchange } from './exchange.ts'
import { InputPump } from './input.ts'
import { claimPort } from './own-ports.ts'
import { type OwnerLimits, Owners } from './owners.ts'
import { Turns } from './turns.ts'

export interface LoopbackOptions {
  /** One request, when its turn has come. What it throws goes to `onError`. */
  handle(exchange: Exchange): void | Promise<void>
  /** Answers a request whose handler failed, if that is still possible. */
  onError(error: unknown, exchange: Exchange): void
  limits: LoopbackLimits
  /** For the bodies of all owners together. */
  bodies: BodyBudget
  /** For the answers of the whole host. */
  answers: Backlog
  clock?: Clock
}

export interface LoopbackLimits extends OwnerLimits, ConnectionLimits {
  readonly headBytes: number
  readonly headTimeoutMs: number
  /** 0: an idle connection is kept for as long as its client likes. */
  readonly keepAliveMs: number
  /** How long a client may take nothing of its answer, or send nothing of its body. */
  readonly stallMs: number
}

/** How often heads, bodies and answers are looked at that take too long. Node's own 30 s would stretch every limit. */
const CHECK_EVERY_MS = 1000

/**
 * The server of every listener of the host's own (services, runtime API, admin): `node:http` on 127.0.0.1, with bounds
 * against whoever can open a connection, which is all user code of this machine (D26, D132). Nothing in it
 * belongs to the main thread.
 *
 * - connections: few of strangers, a share for each owner (owners.ts)
 * - requests: one after the other on a connection (connection.ts), each with time for its head and its body
 * - time of the event loop: what comes in is parsed in small slices (input.ts), and of bodies that are whole one is
 *   handled in each turn (turns.ts)
 * - memory: bodies without a cost for each piece (body.ts) and answers that nobody reads, counted for owner and host
 */
export class LoopbackServer {
  readonly #server: Server
  readonly #owners: Owners
  readonly #connections = new Map<Duplex, Connection>()
  readonly #clock: Clock
  #check: NodeJS.Timeout | undefined
  #unclaim: (() => void) | undefined
  #closing: Promise<void> | undefined

  constructor(options: LoopbackOptions) {
    const { limits, answers, clock = monotonicNow } = options
    this.#clock = clock
    this.#owners = new Owners({ limits, bodies: options.bodies, clock })
    const pump = new InputPump(clock)
    const turns = new Turns()
    const handle = (exchange: Exchange): void => void handleSafely(options, exchange)
    const server = http.createServer({
      maxHeaderSize: limits.headBytes,
      headersTimeout: limits.headTimeoutMs,
      requestTimeout: 0, // bodies have a time limit and a rate of their own
      connectionsCheckingInterval: CHECK_EVERY_MS,
      keepAliveTimeout: limits.keepAliveMs,
      noDelay: true,
      requireHostHeader: false, // Node's own answer would not wait for its turn; a handler refuses who names no host
    })
    this.#server = server
    server.timeout = limits.stallMs
    server.on('connection', (socket: Socket) => {
      const connection = new Connection(socket, {
        owners: this.#owners,
        pump,
        turns,
        answers,
        handle,
        limits,
        clock,
      })
      this.#connections.set(socket, connection)
      socket.once('close', () => this.#connections.delete(socket))
      this.#owners.add(connection)
    })
    const onRequest = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void =>
      this.#connections.get(request.socket)?.onRequest(request, response, expectsContinue)
    server.on('request', (request, response) => onRequest(request, response, false))
    server.on('checkContinue', (request, response) => onRequest(request, response, true))
    server.on('checkExpectation', (request) => this.#giveUp(request.socket, 'EXPECTATION_FAILED'))
    server.on('connect', (_request, socket) => this.#giveUp(socket, 'METHOD_NOT_ALLOWED'))
    server.on('clientError', (error, socket) => this.#onClientError(error, socket))
    server.on('timeout', (socket) => this.#connections.get(socket)?.onTimeout())
  }

  /** @param port 0: any free one. @returns the port. Rejects as `listen` fails. */
  listen(port = 0): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', reject)
        this.#server.on('error', ignore)
        this.#check = setInterval(() => this.#onCheck(), CHECK_EVERY_MS).unref()
        const { port: chosen } = this.#server.address() as AddressInfo
        this.#unclaim = claimPort(chosen)
        resolve(chosen)
      })
    })
  }

  stats(): { strangers: number; admitted: number } {
    return { strangers: this.#owners.strangers, admitted: this.#owners.admitted }
  }

  /** The owner is not there any more: ends what is at work for it. */
  dismiss(owner: string): void {
    this.#owners.dismiss(owner)
  }

  /** Ends every connection at once. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      clearInterval(this.#check)
      this.#server.close(() => {
        this.#unclaim?.()
        resolve()
      })
      for (const connection of this.#connections.values()) connection.destroy()
    })
    return this.#closing
  }

  #giveUp(socket: Duplex, code: ErrorCode): void {
    this.#connections.get(socket)?.giveUp(code)
  }

  #onClientError(error: Error & { code?: string }, socket: Duplex): void {
    // Behind a request that said it was the last: nobody reads it.
    if (error.code === 'HPE_CLOSED_CONNECTION') return
    if (error.code === 'ECONNRESET' || error.code === 'HPE_INVALID_EOF_STATE') socket.destroy()
    else this.#giveUp(socket, CODES[error.code ?? ''] ?? 'REQUEST_INVALID')
  }

  #onCheck(): void {
    const nowMs = this.#clock()
    for (const connection of this.#connections.values()) connection.onCheck(nowMs)
  }
}

/** A handler that fails at once and one that fails later are one. */
async function handleSafely({ handle, onError }: LoopbackOptions, exchange: Exchange): Promise<void> {
  try {
    await handle(exchange)
  } catch (error) {
    onError(error, exchange)
  }
}

const CODES: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
}

/** The promise of `listen` reports what fails there; after that, a failed connection is not the server's end. */
function ignore(): void {
  return
}
