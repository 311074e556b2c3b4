import { isRoostError, type RoostError } from '../../base/errors/index.ts'
import { type Exchange, isBrokenOff, isLocalHost, LoopbackServer } from '../../base/loopback/index.ts'
import type { HostMemory } from '../../base/memory/index.ts'
import type { Failure } from '../protocol/index.ts'
import { DescribedFailure, toResultFailure } from './failure.ts'
import type { Invocations, NativeCall, NextInvocation } from './invocations.ts'
import { collect, PayloadTooLarge, readResponse, type Translate } from './read-response.ts'

export interface RuntimeApiOptions {
  invocations: Invocations
  translate: Translate
  /** The first part of every path. */
  prefix: string
  listener: RuntimeApiListener
  /** Whether a client may leave the prefix out, as Node's own does (D26). */
  acceptsBarePath: boolean
  /** A sentence for the log, once: the client leaves the prefix out. */
  onBarePath(isAccepted: boolean): void
  /** The program has said that it cannot start. */
  onInitError(): void
}

/** What the endpoint of one instance may take of the host. */
export interface RuntimeApiListener {
  memory: HostMemory
  connections: number
  /** Connections of which nobody knows yet whether they are the program's. */
  strangers: number
}

/** The one owner of its connections. */
const PROGRAM = 'program'
const VERSION = '/2018-06-01/runtime/'
const INVOCATION = /^invocation\/([\w-]{1,64})\/(response|error)$/
const MAX_ERROR_BYTES = 1024 * 1024
/** Go's client repeats the whole error in a header for X-Ray. */
const MAX_HEADER_BYTES = 2 * 1024 * 1024
/** For a request's head: other processes of the machine can connect and say nothing. */
const HEAD_MS = 5000

/**
 * The Lambda runtime API on a loopback port of one instance's own (runtime.md §11.2): HTTP on one side, `Invocations`
 * on the other. The program behind it is user code: it may ask anything, in any order.
 */
export class RuntimeApi {
  readonly #options: RuntimeApiOptions
  readonly #server: LoopbackServer
  /** How the client of this program writes its paths, once it has shown it. */
  #style: 'unknown' | 'whole' | 'bare' = 'unknown'
  #isToldOfBarePath = false

  constructor(options: RuntimeApiOptions) {
    this.#options = options
    const { memory, connections, strangers } = options.listener
    this.#server = new LoopbackServer({
      handle: (exchange) => this.#onRequest(exchange),
      onError: refuseFailed,
      bodies: memory.loopbackBodies,
      answers: memory.answers,
      limits: {
        connections,
        ownerConnections: connections,
        strangers,
        // It posts one answer at a time and asks for one call at a time, each of which has a limit.
        ownerBodyBytes: Number.POSITIVE_INFINITY,
        ownerAnswerBytes: Number.POSITIVE_INFINITY,
        headBytes: MAX_HEADER_BYTES,
        headTimeoutMs: HEAD_MS,
        // It may wait for a call, and take over its answer, for as long as it has; the call's deadline ends the instance.
        bodyTimeoutMs: Number.POSITIVE_INFINITY,
        minBytesPerSecond: 0,
        keepAliveMs: 0,
        stallMs: 0,
      },
    })
  }

  /** @returns the port. */
  listen(): Promise<number> {
    return this.#server.listen()
  }

  /** Ends all connections at once. Idempotent. */
  close(): Promise<void> {
    return this.#server.close()
  }

  #onRequest(exchange: Exchange): void | Promise<void> {
    const path = this.#admit(exchange.request)
    if (path === undefined)
      return refuse(exchange, 403, 'InvalidPath', 'This endpoint belongs to another program.')
    exchange.admit(PROGRAM)
    const { method } = exchange.request
    if (method === 'GET' && path === 'invocation/next') return this.#next(exchange)
    if (method === 'POST' && path === 'init/error') return this.#initError(exchange)
    const match = method === 'POST' ? INVOCATION.exec(path) : null
    if (match === null)
      return refuse(exchange, 404, 'NotFound', `Not found in this API: ${method} ${path.slice(0, 100)}.`)
    const call = this.#options.invocations.find(match[1]!)
    if (call === undefined) return refuse(exchange, 400, 'InvalidRequestID', 'Invalid request ID')
    if (!call.answer.isWaiting || call.isPosting)
      return refuse(exchange, 403, 'InvalidStateTransition', 'This invocation already has a response.')
    return match[2] === 'error' ? this.#error(call, exchange) : this.#response(call, exchange)
  }

  /** The path below the version; undefined for who has no business here. */
  #admit({ url = '', headers }: Exchange['request']): string | undefined {
    if (!isLocalHost(headers.host)) return undefined
    const whole = `/${this.#options.prefix}${VERSION}`
    if (url.startsWith(whole)) {
      this.#style = 'whole'
      return url.slice(whole.length)
    }
    if (!url.startsWith(VERSION) || this.#style === 'whole') return undefined
    if (!this.#isToldOfBarePath) {
      this.#isToldOfBarePath = true
      this.#options.onBarePath(this.#options.acceptsBarePath)
    }
    if (!this.#options.acceptsBarePath) return undefined
    this.#style = 'bare'
    return url.slice(VERSION.length)
  }

  #next(exchange: Exchange): void {
    const { invocations } = this.#options
    const give = (next: NextInvocation): void => exchange.reply(200, toHeaders(next), next.text)
    if (!invocations.next(give))
      return refuse(exchange, 403, 'InvalidStateTransition', 'The previous invocation has no response yet.')
    exchange.response.on('close', () => invocations.forgetNext(give))
  }

  async #response(call: NativeCall, exchange: Exchange): Promise<void> {
    call.isPosting = true
    try {
      const { invocations, translate } = this.#options
      await readResponse(exchange, call.answer, { ...invocations.responseOptions, translate })
    } catch (error) {
      // The connection broke before anything was said: the program may try again, or end.
      if (isBrokenOff(error) && call.answer.isWaiting) return
      call.answer.fail(toResultFailure(error))
      if (error instanceof PayloadTooLarge) return refuseTooLarge(exchange, error)
      if (isRoostError(error)) throw error
    } finally {
      call.isPosting = false
    }
    // A result of the wrong form is the caller's to hear of; the client has delivered it.
    accept(exchange)
  }

  async #error(call: NativeCall, exchange: Exchange): Promise<void> {
    call.isPosting = true
    const failure = await this.#readFailure(exchange, 'handler')
    call.isPosting = false
    if (failure === undefined) return
    call.answer.fail(failure)
    accept(exchange)
  }

  async #initError(exchange: Exchange): Promise<void> {
    const { invocations, onInitError } = this.#options
    if (!invocations.isInit)
      return refuse(exchange, 403, 'InvalidStateTransition', 'The program has started already.')
    const failure = await this.#readFailure(exchange, 'load')
    if (failure === undefined) return
    invocations.failInit(failure)
    accept(exchange)
    onInitError()
  }

  async #readFailure(exchange: Exchange, phase: 'handler' | 'load'): Promise<Failure | undefined> {
    try {
      const headerType = exchange.request.headers['lambda-runtime-function-error-type']?.toString()
      const bytes = await collect(exchange, MAX_ERROR_BYTES)
      return await this.#options.translate('failure', { bytes, headerType, phase })
    } catch (error) {
      if (error instanceof DescribedFailure) return error.failure
      if (isBrokenOff(error)) return undefined
      if (error instanceof PayloadTooLarge) refuseTooLarge(exchange, error)
      else refuseFailed(error, exchange)
      return { errorType: 'Error', errorMessage: (error as Error).message, trace: [], phase }
    }
  }
}

function toHeaders({
  requestId,
  deadlineMs,
  functionName,
  clientContext,
}: NextInvocation): Record<string, string> {
  return {
    'content-type': 'application/json',
    'Lambda-Runtime-Aws-Request-Id': requestId,
    'Lambda-Runtime-Deadline-Ms': String(deadlineMs),
    'Lambda-Runtime-Invoked-Function-Arn': `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
    'Lambda-Runtime-Trace-Id': `Root=1-${toHex(Date.now() / 1000)}-${requestId.replaceAll('-', '').slice(0, 24)};Sampled=0`,
    ...(clientContext !== undefined && { 'Lambda-Runtime-Client-Context': clientContext }),
  }
}

function toHex(seconds: number): string {
  return Math.floor(seconds).toString(16).padStart(8, '0')
}

function accept(exchange: Exchange): void {
  exchange.reply(202, { 'content-type': 'application/json' }, '{"status":"OK"}\n')
}

function refuse(exchange: Exchange, status: number, errorType: string, errorMessage: string): void {
  exchange.reply(status, { 'content-type': 'application/json' }, JSON.stringify({ errorMessage, errorType }))
}

function refuseTooLarge(exchange: Exchange, { message }: Error): void {
  refuse(exchange, 413, 'RequestEntityTooLarge', message)
}

/** No room, no time, not HTTP; or the connection has gone, and the program's exit says the rest. */
function refuseFailed(error: unknown, exchange: Exchange): void {
  if (!exchange.isOpen || isBrokenOff(error)) return exchange.destroy()
  const { status, code, message } = toKnown(error)
  refuse(exchange, status, code, message)
}

function toKnown(error: unknown): Pick<RoostError, 'status' | 'code' | 'message'> {
  return isRoostError(error) ? error : { status: 500, code: 'INTERNAL', message: String(error) }
}
