import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { RequestBody } from './body.ts'

/** What an exchange asks of its connection. */
export interface ExchangeConnection {
  readonly isAdmitted: boolean
  admit(exchange: Exchange, owner: string): void
  /** Bytes were written that the client may not have taken. */
  noteAnswer(): void
  destroy(): void
}

/** Flat pairs, as Node takes them, or an object. */
export type ReplyHeaders = OutgoingHttpHeaders | string[]

/** How long a client that is still sending is read past, so that it can hear the answer (RFC 9112, 9.6). */
const LINGER_MS = 1000

/** One request and its answer. Its turn has come when a handler is given it: those before it are answered. */
export class Exchange {
  /** The head. The body is in `body`. */
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly body: RequestBody
  /** Nothing follows on its connection. */
  isLast = false
  /** What the source of a streamed answer may hold beside what waits in `response`. */
  readAheadBytes = 0
  readonly #connection: ExchangeConnection

  constructor(
    connection: ExchangeConnection,
    request: IncomingMessage,
    response: ServerResponse,
    body: RequestBody,
  ) {
    this.#connection = connection
    this.request = request
    this.response = response
    this.body = body
    response.on('error', ignore)
  }

  /**
   * The handler knows who asks. The connection and the memory that the request takes count as `owner`'s from now on.
   * @throws HOST_BUSY when the owner has too many connections at work.
   */
  admit(owner: string): void {
    this.#connection.admit(this, owner)
  }

  /** Whether an answer can still be begun. */
  get isOpen(): boolean {
    return !this.response.headersSent && !this.response.destroyed && !this.response.writableEnded
  }

  /**
   * Sends the head of an answer. It is the last of its connection for whoever has not been admitted, and for a request
   * whose body the handler has not read: what is left of that may never come.
   */
  #begin(status: number, headers: ReplyHeaders): void {
    if (!this.#connection.isAdmitted || !this.body.isConsumed) this.isLast = true
    if (this.isLast) this.response.setHeader('connection', 'close')
    // Node's type knows both forms, but not their union.
    this.response.writeHead(status, headers as OutgoingHttpHeaders)
  }

  /** An answer that comes piece by piece. Rejects when either side breaks. */
  async stream(status: number, headers: ReplyHeaders, body: Readable): Promise<void> {
    this.#begin(status, headers)
    this.readAheadBytes = body.readableObjectMode ? 0 : body.readableHighWaterMark
    const done = pipeline(body, this.response)
    // Behind the pipeline's own listener: the piece is in `response`, and counts until the client has taken it.
    body.on('data', () => this.#connection.noteAnswer())
    await done
  }

  /** The whole answer. Does nothing when there is one already, or the client has gone. */
  reply(status: number, headers: ReplyHeaders, body: Uint8Array | string = ''): void {
    if (!this.isOpen) return
    this.#begin(status, headers)
    if (this.body.isConsumed || this.body.isHeldBack) this.response.end(body)
    else this.#replyAndLinger(body)
    this.#connection.noteAnswer()
  }

  /** Ends the connection, in the middle of whatever. */
  destroy(): void {
    this.#connection.destroy()
  }

  /** Node closes the connection behind the end of the answer, and the client might lose the answer to a reset. */
  #replyAndLinger(body: Uint8Array | string): void {
    const { response, request } = this
    if (body.length > 0) response.write(body)
    else response.flushHeaders()
    this.body.discard()
    const end = (): void => void response.end()
    const timer = setTimeout(() => this.destroy(), LINGER_MS)
    request.once('end', end)
    response.once('close', () => clearTimeout(timer))
    if (request.readableEnded) end()
  }
}

/** A connection that breaks is closed, and the close is heard. */
function ignore(): void {
  return
}
