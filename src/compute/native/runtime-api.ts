import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { http } from '../../base/lib/index.ts'
import type { Failure } from '../protocol/index.ts'
import { toReportedFailure, toResultFailure } from './failure.ts'
import type { Invocations, NativeCall, NextInvocation } from './invocations.ts'
import { collect, PayloadTooLarge, readResponse } from './read-response.ts'

export interface RuntimeApiOptions {
  invocations: Invocations
  /** The first part of every path. */
  prefix: string
  /** Whether a client may leave the prefix out, as Node's own does (decision 26). */
  acceptsBarePath: boolean
  /** A sentence for the log, once: the client leaves the prefix out. */
  onBarePath(isAccepted: boolean): void
  /** The program has said that it cannot start. */
  onInitError(): void
}

const VERSION = '/2018-06-01/runtime/'
const INVOCATION = /^invocation\/([\w-]{1,64})\/(response|error)$/
const MAX_ERROR_BYTES = 1024 * 1024
/** Go's client repeats the whole error in a header for X-Ray. */
const MAX_HEADER_BYTES = 2 * 1024 * 1024
/** A client needs one; some open a second to answer while they ask. The rest is for strangers, who do not stay. */
const MAX_CONNECTIONS = 64
/** For a request's head: other processes of the machine can connect and say nothing. */
const HEAD_MS = 5000

/**
 * The Lambda runtime API on a loopback port of one instance's own (runtime.md §11.2): HTTP on one side, `Invocations`
 * on the other. The program behind it is user code: it may ask anything, in any order.
 */
export class RuntimeApi {
  readonly #options: RuntimeApiOptions
  readonly #server: Server
  /** How the client of this program writes its paths, once it has shown it. */
  #style: 'unknown' | 'whole' | 'bare' = 'unknown'
  #isToldOfBarePath = false

  constructor(options: RuntimeApiOptions) {
    this.#options = options
    this.#server = http.createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: HEAD_MS,
        connectionsCheckingInterval: HEAD_MS / 2,
        requestTimeout: 0,
        keepAliveTimeout: 0,
      },
      (request, response) => this.#onRequest(request, response),
    )
    this.#server.maxConnections = MAX_CONNECTIONS
    this.#server.on('error', ignore) // of `listen` the promise hears; after it one connection less is no end
  }

  /** @returns the port. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(0, '127.0.0.1', () => resolve((this.#server.address() as AddressInfo).port))
    })
  }

  /** Ends all connections at once. Idempotent. */
  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', ignore)
    const path = this.#admit(request)
    if (path === undefined) {
      response.setHeader('connection', 'close')
      return refuse(response, 403, 'InvalidPath', 'This endpoint belongs to another program.')
    }
    const { method } = request
    if (method === 'GET' && path === 'invocation/next') return this.#next(response)
    if (method === 'POST' && path === 'init/error') return void this.#initError(request, response)
    const match = method === 'POST' ? INVOCATION.exec(path) : null
    if (match === null) return refuse(response, 404, 'NotFound', `There is no ${method} ${path} in this API.`)
    const call = this.#options.invocations.find(match[1]!)
    if (call === undefined) return refuse(response, 400, 'InvalidRequestID', 'Invalid request ID')
    if (!call.answer.isWaiting || call.isPosting)
      return refuse(response, 403, 'InvalidStateTransition', 'This invocation has been answered.')
    void (match[2] === 'error'
      ? this.#error(call, request, response)
      : this.#response(call, request, response))
  }

  /** The path below the version; undefined for who has no business here. */
  #admit(request: IncomingMessage): string | undefined {
    const { url = '', headers } = request
    const host = headers.host ?? ''
    // A page in somebody's browser that was led here names another host (decision 26).
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) return undefined
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

  #next(response: ServerResponse): void {
    const { invocations } = this.#options
    const give = (next: NextInvocation): void => {
      response.writeHead(200, toHeaders(next))
      response.end(next.text)
    }
    if (!invocations.next(give))
      return refuse(response, 403, 'InvalidStateTransition', 'The invocation before has not been answered.')
    response.on('close', () => invocations.forgetNext(give))
  }

  async #response(call: NativeCall, request: IncomingMessage, response: ServerResponse): Promise<void> {
    call.isPosting = true
    try {
      await readResponse(request, call.answer, this.#options.invocations.responseOptions)
    } catch (error) {
      // The connection broke before anything was said: the program may try again, or end.
      if (isBroken(request, error) && call.answer.isWaiting) return
      call.answer.fail(toResultFailure(error))
      if (error instanceof PayloadTooLarge) return refuseTooLarge(response, error)
    } finally {
      call.isPosting = false
    }
    // A result of the wrong form is the caller's to hear of; the client has delivered it.
    accept(response)
  }

  async #error(call: NativeCall, request: IncomingMessage, response: ServerResponse): Promise<void> {
    call.isPosting = true
    const failure = await this.#readFailure(request, response, 'handler')
    call.isPosting = false
    if (failure === undefined) return
    call.answer.fail(failure)
    accept(response)
  }

  async #initError(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { invocations, onInitError } = this.#options
    if (!invocations.isInit)
      return refuse(response, 403, 'InvalidStateTransition', 'The program has started already.')
    const failure = await this.#readFailure(request, response, 'load')
    if (failure === undefined) return
    invocations.failInit(failure)
    accept(response)
    onInitError()
  }

  async #readFailure(
    request: IncomingMessage,
    response: ServerResponse,
    phase: 'handler' | 'load',
  ): Promise<Failure | undefined> {
    try {
      const type = request.headers['lambda-runtime-function-error-type']
      return toReportedFailure(await collect(request, MAX_ERROR_BYTES), type?.toString(), phase)
    } catch (error) {
      if (isBroken(request, error)) return undefined
      refuseTooLarge(response, error as Error)
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

function accept(response: ServerResponse): void {
  if (response.headersSent) return
  response.writeHead(202, { 'content-type': 'application/json' })
  response.end('{"status":"OK"}\n')
}

function refuse(response: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ errorMessage, errorType }))
}

function refuseTooLarge(response: ServerResponse, { message }: Error): void {
  if (!response.destroyed) refuse(response, 413, 'RequestEntityTooLarge', message)
}

/** Whether it was the connection that failed, not what came over it. */
function isBroken(request: IncomingMessage, error: unknown): boolean {
  return request.destroyed && !request.complete && !(error instanceof PayloadTooLarge)
}

/** The program went away while it was answered: its exit says the rest. */
function ignore(): void {
  return
}
