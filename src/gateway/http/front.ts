import type { Socket } from 'node:net'
import type { ErrorCode } from '../../base/errors/index.ts'
import type { Arrows } from '../../base/lib/index.ts'
import type { Backlog } from '../../base/memory/index.ts'
import type { RequestHead } from './head/request-head.ts'

/**
 * A front reads requests from sockets and writes answers to them; it knows HTTP/1.1 and nothing of functions. What
 * it promises is stated by the suite in test/contract/http-front.ts, which every front passes.
 */
export interface Front {
  /** @throws PORT_IN_USE, LISTEN_FAILED */
  listen(address: { port: number; host: string }): Promise<{ port: number; host: string }>
  /**
   * Takes no new connections, ends idle ones and the others after the answers they wait for. Resolves when the last
   * has ended. Idempotent.
   */
  close(): Promise<void>
  /** Ends every connection at once. Idempotent. */
  destroy(): Promise<void>
  readonly connections: number
  /** Requests whose answer is not complete. */
  readonly openRequests: number
}

export interface FrontOptions {
  /** Called once per well-formed request. The front answers the others itself. */
  onRequest(head: RequestHead, body: RequestBody, sink: ConnectionSink): void
  /** Called for what a front answers itself, for the log. */
  onRefusal(code: ErrorCode, requestId: string, reason: string): void
  newRequestId(): string
  limits: FrontLimits
  /**
   * Counts what clients have not taken. A front tells it (`note`) when a write leaves bytes behind, when the client has
   * taken the last of them, and when the connection ends, also after `ended`. It may end the connection in return.
   */
  backlog?: Backlog
}

export interface FrontLimits {
  readonly requestHeadBytes: number
  readonly requestHeadTimeoutMs: number
  readonly requestBodyTimeoutMs: number
  readonly keepAliveMs: number
  /** At once; those beyond are ended before they can ask. 0: any number. */
  readonly connections: number
  /** How long a client may take nothing of an answer that waits for it. */
  readonly clientStallMs: number
  /** How often the front looks for connections that wait too long. The suite of the fronts, which waits for it, sets less. */
  readonly checkEveryMs?: number
  /** How long the front reads past what a client still sends after its last answer. The same suite sets less. */
  readonly lingerMs?: number
}

/**
 * The body of one request: `collect` or `stream` is called once, or an answer is given without it. An answer that begins
 * before the body has come whole is the last of its connection. What the client is still sending is read past, unless the
 * body is streamed, so that it can hear the answer, but not for ever: after `lingerMs` the connection ends, whatever the
 * client does.
 */
export interface RequestBody {
  readonly isEmpty: boolean
  /** As `content-length` says it; undefined for a chunked body. */
  readonly declaredBytes: number | undefined
  /** Reads the body to its end. A client that waits for `100 Continue` is told to go on. */
  collect(receiver: BodyReceiver): void
  /**
   * The same for who passes the body on, at the pace of whoever takes it: it may be paused, it goes on while the answer is
   * under way, and its time counts for each STREAM_STEP_BYTES. A large upload may take long, one that stops may not.
   */
  stream(receiver: BodyReceiver): void
  /** Reads no more of a streamed body until `resume`. Its time stands still. */
  pause(): void
  /** Goes on, with the full time for what comes next. */
  resume(): void
}

/** Hears a body that is being read: `onBodyChunk`*, then `onBodyEnd`; or nothing more when the client goes away. */
export interface BodyReceiver {
  /** The bytes are the receiver's. */
  onBodyChunk(bytes: Buffer): void
  onBodyEnd(): void
}

/**
 * Where the answer to one request goes.
 *
 *   untouched ─ send, switchProtocols ──> ended
 *   untouched ─ start ──────────────────> head
 *   head ────── end ────────────────────> ended
 *   untouched ─ abort, the client left ─> aborted
 *   head ────── abort, the client left ─> aborted
 *
 * An answer that is `ended` may still wait for its turn, or for a slow client: that is the front's affair alone. What is
 * called in `ended` or `aborted` does nothing. Every front is held to the drawing by the suite, and does not check it at
 * run time, since each request comes by.
 *
 * Framing and `date` are the front's: `headers` never hold `connection` or `transfer-encoding`, and `content-length` only
 * in answers without a body (HEAD, 304).
 * Tested: test/contract/http-front/states.ts, by every front.
 */
export interface ResponseSink {
  readonly state: SinkState
  /** Hears from now on that the client takes bytes again, or has gone. */
  listen(listener: SinkListener): void
  /** The whole answer at once, in one write if it is small. Adds `content-length` where HTTP allows one. */
  send(status: number, headers: string[], body: Buffer | string): void
  /**
   * Status and headers, which leave now, together with `first`. Without `length` the body is chunked, or for HTTP/1.0
   * ends with the connection.
   * @returns false when the client takes bytes more slowly than they come: wait for `onDrain`.
   */
  start(status: number, headers: string[], length: number | undefined, first: Buffer): boolean
  /** @returns as `start`. */
  write(bytes: Buffer): boolean
  end(): void
  /** Ends the connection so that nobody takes the part for the whole (D12). */
  abort(): void
}

/** The sink that a front makes: it reaches to the connection. */
export interface ConnectionSink extends ResponseSink {
  /**
   * Answers 101 and gives the connection away: its bytes are the caller's, who listens to it at once and ends it. The front goes on
   * counting it, and waits for its end in `close`. The sink is `ended`.
   * @param headers with `upgrade`; `connection` is the front's.
   * @returns undefined, and nothing is sent, when the client has asked for more on this connection than this.
   */
  switchProtocols(headers: string[]): Socket | undefined
}

export interface SinkListener {
  onDrain(): void
  /** The connection ended before the answer did. */
  onClose(): void
}

export type SinkState = keyof typeof SINK_ARROWS

export const SINK_ARROWS = {
  untouched: ['ended', 'head', 'aborted'],
  head: ['ended', 'aborted'],
  ended: [],
  aborted: [],
} as const satisfies Arrows<'untouched' | 'head' | 'ended' | 'aborted'>
