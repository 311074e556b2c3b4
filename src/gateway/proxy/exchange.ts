import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import { type Arrows, follow, isBodyless } from '../../base/lib/index.ts'
import { checkResponse, InvalidResponse, type RequestHead, type SinkListener } from '../http/index.ts'
import type { BodyStream } from './body-stream.ts'
import { ProxyFailure, toFailure } from './failure.ts'
import type { ProxyReply } from './proxied-request.ts'
import type { Lease } from './target-connections.ts'
import { Tunnel } from './tunnel.ts'

export type ExchangeState = keyof typeof EXCHANGE_ARROWS

export interface ExchangeOptions {
  head: RequestHead
  reply: ProxyReply
  mode: 'production' | 'dev'
  /** What stands in the request line to the target. */
  path: string
  headers: string[]
  body: BodyStream | undefined
  isUpgrade: boolean
  timeoutMs: number
  stallMs: number
  /** @param isFresh on a connection of its own. */
  lease(isFresh: boolean): Lease | undefined
  /** Answers in place of the target, or says in the log why its response broke off. */
  onFailure(failure: ProxyFailure): void
  onOver(exchange: ProxyExchange): void
}

/**
 * One request to a target and its response, on a leased connection.
 *
 *   asking ─── the head of a response ──────────────> passing
 *   asking ─── 101 ─────────────────────────────────> switched
 *   asking ─── failed, too late, client left ───────> over
 *   passing ── complete, broken off, client left ───> over
 *   switched ─ both connections have ended ─────────> over
 *
 * In `asking` a timer runs, which counts what the target needs, not what the client needs to send its body. From then on there
 * is no limit of time: events may be an hour apart, and the client's leaving ends it. Whoever takes the bytes sets the pace,
 * both ways. In `over` the lease is given back, unless something may be left on the connection.
 * Tested: exchange.test.ts; over sockets in test/compat/edge/proxies.test.ts.
 */
export class ProxyExchange implements SinkListener, Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions
  readonly #timer: NodeJS.Timeout
  #state: ExchangeState = 'asking'
  #lease: Lease | undefined
  #controller: Dispatcher.DispatchController | undefined
  #tunnel: Tunnel | undefined
  /** A head that waits for the first bytes of its body, to leave in one write with them. */
  #pending: { status: number; headers: string[]; length: number | undefined } | undefined
  #isRetried = false
  /** It is made to go on for ever. */
  #isEndless = false

  constructor(options: ExchangeOptions, lease: Lease) {
    this.#options = options
    this.#timer = setTimeout(() => this.#onTimeout(), options.timeoutMs)
    options.reply.listen(this)
    this.#ask(lease)
  }

  get state(): ExchangeState {
    return this.#state
  }

  /** A tunnel, or a stream of events: it does not end by itself when the server shuts down. */
  get isEndless(): boolean {
    return this.#isEndless
  }

  /** The client sends: that is not the target's time. */
  onProgress(): void {
    if (this.#state === 'asking') this.#timer.refresh()
  }

  /** Ends it in whatever state it is. */
  destroy(): void {
    if (this.#tunnel !== undefined) return this.#tunnel.destroy()
    this.#options.reply.abort()
    this.#finish(false)
  }

  #ask(lease: Lease): void {
    const { head, path, headers, body, isUpgrade } = this.#options
    this.#lease = lease
    lease.client.dispatch(
      {
        ...{ method: head.method, path, headers, body: body ?? null },
        ...(isUpgrade && { upgrade: 'websocket' }),
      },
      this,
    )
  }

  #onTimeout(): void {
    if (this.#options.body?.awaitsClient) this.#timer.refresh()
    else this.#fail(new ProxyFailure('PROXY_TIMEOUT', `no response within ${this.#options.timeoutMs} ms`))
  }

  // ---- what the target says -------------------------------------------------------------------------------------

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200 || this.#state !== 'asking') return
    const { head, mode, reply } = this.#options
    const checked = checkResponse(status, readRawHeaders(controller), mode)
    if (checked instanceof InvalidResponse)
      return this.#fail(new ProxyFailure('PROXY_FAILED', checked.reason))
    this.#go('passing')
    clearTimeout(this.#timer)
    const { headers, contentLength, steering } = checked
    if (steering !== undefined) reply.steering = steering
    const isHead = head.method === 'HEAD'
    if (isBodyless(isHead, status)) {
      // Of a 204 nothing has a length (RFC 9110, 8.6).
      reply.send(status, headers, '', status === 204 ? undefined : contentLength)
      return
    }
    this.#isEndless = headers.some((value, i) => i % 2 === 1 && isEventStream(headers[i - 1]!, value))
    this.#pending = {
      status,
      headers,
      length: contentLength === undefined ? undefined : Number(contentLength),
    }
    queueMicrotask(() => this.#startReply(NOTHING))
  }

  onResponseData(controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (this.#state !== 'passing') return
    const isTaken = this.#pending === undefined ? this.#options.reply.write(bytes) : this.#startReply(bytes)
    if (!isTaken && this.#state === 'passing') controller.pause()
  }

  onResponseEnd(): void {
    if (this.#state !== 'passing') return
    if (this.#lease?.isBroken)
      return this.#fail(
        new ProxyFailure('PROXY_FAILED', 'the connection was reset in the middle of the body'),
      )
    this.#startReply(NOTHING)
    this.#options.reply.end()
    this.#finish(this.#options.body === undefined || this.#options.body.readableEnded)
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#state === 'over' || this.#state === 'switched') return
    const failure = toFailure(error)
    if (this.#state === 'asking' && this.#mayRetry(failure)) this.#retry(failure)
    else this.#fail(failure)
  }

  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    target: Duplex,
  ): void {
    const { mode, reply, stallMs } = this.#options
    const raw = readRawHeaders(controller)
    const protocol = raw.find((_value, i) => i % 2 === 1 && raw[i - 1]!.toLowerCase() === 'upgrade')
    const checked = checkResponse(200, raw, mode)
    const isGood = status === 101 && protocol?.toLowerCase() === 'websocket'
    if (this.#state !== 'asking' || !isGood || checked instanceof InvalidResponse) {
      target.destroy()
      return this.#fail(
        new ProxyFailure('PROXY_FAILED', 'it switched to another protocol than the WebSocket'),
      )
    }
    const client = reply.switchProtocols([...checked.headers, 'upgrade', 'websocket'])
    if (client === undefined) {
      target.destroy()
      return this.#fail(new ProxyFailure('PROXY_FAILED', 'the client has asked for more on its connection'))
    }
    this.#go('switched')
    clearTimeout(this.#timer)
    this.#isEndless = true
    this.#tunnel = new Tunnel(client, target as Socket, { stallMs, onEnd: () => this.#finish(false) })
  }

  // ---- what the client does -------------------------------------------------------------------------------------

  onDrain(): void {
    this.#controller?.resume()
  }

  onClose(): void {
    this.#finish(false)
  }

  // ----------------------------------------------------------------------------------------------------------------

  /** @returns false when the client takes bytes more slowly than they come. */
  #startReply(first: Buffer): boolean {
    const { reply } = this.#options
    const head = this.#pending
    if (head === undefined || this.#state !== 'passing') return true
    this.#pending = undefined
    return reply.start(head.status, head.headers, head.length, first)
  }

  /** A server may close an idle connection in the moment in which it is used again (RFC 9112, 9.3.1). */
  #mayRetry({ isOfConnection }: ProxyFailure): boolean {
    const { head, body } = this.#options
    const isSafe = head.method === 'GET' || head.method === 'HEAD' || head.method === 'OPTIONS'
    return isOfConnection && isSafe && body === undefined && this.#lease!.isReused && !this.#isRetried
  }

  #retry(failure: ProxyFailure): void {
    this.#isRetried = true
    this.#lease!.end()
    this.#lease = undefined
    const lease = this.#options.lease(true)
    if (lease === undefined) this.#fail(failure)
    else this.#ask(lease)
  }

  #fail(failure: ProxyFailure): void {
    if (this.#state === 'over') return
    this.#options.onFailure(failure)
    this.#finish(false)
  }

  #finish(isReusable: boolean): void {
    if (this.#state === 'over') return
    this.#go('over')
    clearTimeout(this.#timer)
    this.#pending = undefined
    const { body, reply, onOver } = this.#options
    if (this.#tunnel !== undefined) reply.end()
    if (isReusable) this.#lease?.release()
    else this.#lease?.end()
    body?.destroy()
    onOver(this)
  }

  #go(state: ExchangeState): void {
    this.#state = follow<ExchangeState>(EXCHANGE_ARROWS, this.#state, state)
  }
}

export const EXCHANGE_ARROWS = {
  asking: ['passing', 'switched', 'over'],
  passing: ['over'],
  switched: ['over'],
  over: [],
} as const satisfies Arrows<'asking' | 'passing' | 'switched' | 'over'>

const NOTHING = Buffer.alloc(0)

/** As the target wrote them; undici's own object has lost their order and their letters. */
function readRawHeaders({ rawHeaders }: Dispatcher.DispatchController): string[] {
  if (!Array.isArray(rawHeaders)) return []
  return rawHeaders.map((each) => (typeof each === 'string' ? each : each.toString('latin1')))
}

function isEventStream(name: string, value: string): boolean {
  return name.toLowerCase() === 'content-type' && value.toLowerCase().startsWith('text/event-stream')
}
