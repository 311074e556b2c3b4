import type { Socket } from 'node:net'
import type { ErrorCode } from '../../base/errors/index.ts'
import { type Arrows, follow } from '../../base/lib/index.ts'
import {
  type Answer,
  type ConnectionSink,
  REQUEST_ID,
  type RequestHead,
  type ResponseSink,
  refuse,
  type SinkListener,
} from '../http/index.ts'
import type { GatewayContext } from './context.ts'
import { RequestRecord } from './record.ts'

export type ReplyState = keyof typeof REPLY_ARROWS

/**
 * Something that a response passes on its way out, from its head on: the cache's copy of it, compression. It may change
 * `headers` in place. @returns where the response goes: `next`, or a sink of its own in front of it, which then listens
 * to `next` and tells `listener`.
 */
export type ReplyStage = (
  status: number,
  headers: string[],
  next: ResponseSink,
  listener: SinkListener,
) => ResponseSink

/**
 * The one way out: the answer to a request leaves through its reply, whoever made it: a function, a file, or Roost itself.
 * Every head passes `#passHead` (ADR 0015).
 *
 *   open ────── send ─────────> answered
 *   open ────── start ────────> streaming
 *   open ────── another protocol ─> streaming
 *   open ────── abort ────────> cut
 *   open ────── client left ──> gone
 *   streaming ─ end ──────────> answered
 *   streaming ─ abort ────────> cut
 *   streaming ─ client left ──> gone
 *
 * In `answered`, `cut` and `gone` the response is over and recorded: what is called then does nothing.
 * Tested: machines.test.ts; over sockets in test/compat/gateway.
 */
export class Reply implements Omit<ResponseSink, 'state'>, SinkListener {
  readonly record: RequestRecord
  /** Fields of the response that are for our own cache alone, which the client does not get: flat pairs. */
  steering: readonly string[] = NO_STEERING
  /** What the response says of the cache; undefined: nothing (dev). */
  cacheStatus: string | undefined
  /** Called once, when the response is over. */
  onOver: (() => void) | undefined
  readonly #gateway: GatewayContext
  readonly #connection: ConnectionSink
  #sink: ResponseSink
  #stages: ReplyStage[] | undefined
  #state: ReplyState = 'open'
  #listener: SinkListener | undefined

  constructor(gateway: GatewayContext, head: RequestHead, sink: ConnectionSink) {
    this.#gateway = gateway
    this.#connection = sink
    this.#sink = sink
    this.record = new RequestRecord(gateway, head, gateway.newRequestId())
    sink.listen(this)
  }

  get requestId(): string {
    return this.record.requestId
  }

  get state(): ReplyState {
    return this.#state
  }

  /** The client has the answer, or will not get any more of it. */
  get isOver(): boolean {
    return this.#state !== 'open' && this.#state !== 'streaming'
  }

  /** Who hears from now on that the client takes bytes again, or has left. */
  listen(listener: SinkListener): void {
    this.#listener = listener
  }

  /** The response passes `stage` before those that were added earlier. Before its head only. */
  addStage(stage: ReplyStage): void {
    this.#stages ??= []
    this.#stages.push(stage)
  }

  /** The whole answer. @param contentLength the length of a body that HTTP does not send here (HEAD, 304). */
  send(status: number, headers: string[], body: Buffer | string, contentLength?: string): void {
    if (this.#state !== 'open') return
    if (contentLength !== undefined) headers.push('content-length', contentLength)
    this.#passHead(status, headers)
    headers.push(REQUEST_ID, this.requestId)
    this.#sink.send(status, headers, body)
    this.#end('answered')
  }

  /** The head now, the body as it comes. @returns false when the client takes bytes more slowly: wait for `onDrain`. */
  start(status: number, headers: string[], length: number | undefined, first: Buffer): boolean {
    if (this.#state !== 'open') return false
    this.#passHead(status, headers)
    headers.push(REQUEST_ID, this.requestId)
    const isTaken = this.#sink.start(status, headers, length, first)
    this.#state = follow(REPLY_ARROWS, this.#state, 'streaming')
    return isTaken
  }

  /** @returns as `start`. */
  write(bytes: Buffer): boolean {
    return this.#state === 'streaming' && this.#sink.write(bytes)
  }

  end(): void {
    if (this.#state !== 'streaming') return
    this.#sink.end()
    this.#end('answered')
  }

  /** Ends the connection, so that nobody takes the part for the whole (D12). */
  abort(): void {
    if (this.isOver) return
    this.#sink.abort()
    this.#end('cut')
  }

  /**
   * Gives the connection away for another protocol; no stage sees it. The response is over when its new owner calls `end`.
   * @returns as ConnectionSink.
   */
  switchProtocols(headers: string[]): Socket | undefined {
    if (this.#state !== 'open') return undefined
    const socket = this.#connection.switchProtocols([...headers, REQUEST_ID, this.requestId])
    if (socket === undefined) return undefined
    this.record.status = 101
    this.#state = follow(REPLY_ARROWS, this.#state, 'streaming')
    return socket
  }

  /** An answer in plain text. @param note why, for the request log; the code unless it is given. */
  refuse(code: ErrorCode, text: string, more?: readonly string[], note?: string): void {
    this.sendOwn(refuse(code, this.requestId, text, more), code, note)
  }

  /** An answer that Roost makes itself: it says its code and the request's ID already (D10). */
  sendOwn({ status, headers, body }: Answer, code: ErrorCode, note?: string): void {
    if (this.#state !== 'open') return
    this.record.fail(code, note)
    this.#passHead(status, headers)
    this.#sink.send(status, headers, body)
    this.#end('answered')
  }

  /** Our own mistake: the client is told its ID, if it can still be told anything. */
  crash(error: unknown): void {
    const { stack, message } = error instanceof Error ? error : new Error(String(error))
    const { log } = this.#gateway
    log.error({ event: 'request.crashed', ...this.record.names, stack }, `Roost failed: ${message}`)
    this.record.fail('INTERNAL')
    if (this.#state === 'open') this.refuse('INTERNAL', `Internal Error. ID: ${this.requestId}`)
    else this.abort()
  }

  onDrain(): void {
    this.#listener?.onDrain()
  }

  onClose(): void {
    if (this.isOver) return
    this.#end('gone')
    this.#listener?.onClose()
  }

  /** The head of every answer passes here, whoever made it, and nothing of it has left yet. */
  #passHead(status: number, headers: string[]): void {
    this.record.status = status
    if (this.#stages !== undefined)
      for (const stage of this.#stages) this.#sink = stage(status, headers, this.#sink, this)
    if (this.cacheStatus !== undefined) headers.push('cache-status', this.cacheStatus)
  }

  #end(state: 'answered' | 'cut' | 'gone'): void {
    this.#state = follow(REPLY_ARROWS, this.#state, state)
    this.record.end(state)
    this.onOver?.()
  }
}

const NO_STEERING: readonly string[] = []

export const REPLY_ARROWS = {
  open: ['streaming', 'answered', 'cut', 'gone'],
  streaming: ['answered', 'cut', 'gone'],
  answered: [],
  cut: [],
  gone: [],
} as const satisfies Arrows<'open' | 'streaming' | 'answered' | 'cut' | 'gone'>
