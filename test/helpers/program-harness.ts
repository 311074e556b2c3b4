import { type IncomingHttpHeaders, request } from 'node:http'
import { monotonicNow } from '../../src/base/lib/index.ts'
import { createHostMemory } from '../../src/base/memory/index.ts'
import { DEFAULT_LIMITS } from '../../src/base/settings/index.ts'
import {
  type Call,
  type CallError,
  Instance,
  type InstanceExit,
  type UserLogLine,
} from '../../src/compute/instance/index.ts'
import { launchNative, Translator } from '../../src/compute/native/index.ts'
import { launchCommand } from '../../src/compute/process/index.ts'
import type { Assignment } from '../../src/compute/protocol/index.ts'
import { createListLog } from './list-log.ts'
import { sampleAssignment } from './sample-assignment.ts'

/** One for all, as a host has it. */
const TRANSLATOR = new Translator()

export interface ApiAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: string
  /** The body as JSON. */
  json: Record<string, unknown>
}

export interface ApiRequest {
  method?: string
  headers?: Record<string, string>
  body?: string | Buffer
  /** Pieces of a chunked body, and its trailers. */
  chunks?: (string | Buffer)[]
  trailers?: Record<string, string>
  /** Breaks the connection instead of ending the body. */
  breaks?: boolean
}

/** All that a caller hears of one call. */
export interface HeardCall {
  status: number | undefined
  headers: string[]
  body: Buffer
  /** Sizes of the pieces in which the body came. */
  pieces: number[]
  error: CallError | undefined
  isEnded: boolean
  isSettled: boolean
  /** Resolves when it is answered, well or not. */
  answered: Promise<void>
  settled: Promise<void>
}

/**
 * A real instance whose process does nothing: the test itself speaks the Lambda runtime API in its place, rightly or
 * wrongly, request by request.
 */
export class Program implements AsyncDisposable {
  readonly instance: Instance
  readonly lines: UserLogLine[] = []
  readonly exit: Promise<InstanceExit>
  /** Told of clients that leave the prefix out. */
  readonly barePaths: boolean[] = []
  env: Readonly<Record<string, string>> = {}
  readonly #ready = Promise.withResolvers<void>()
  #lastId = 0

  constructor({ acceptsBarePath = false, command = ['/bin/sleep', '1000'] }: ProgramOptions) {
    const exit = Promise.withResolvers<InstanceExit>()
    this.exit = exit.promise
    this.instance = new Instance({
      id: 'i1',
      limits: { ...DEFAULT_LIMITS, killGraceMs: 500 },
      onLog: (line) => this.lines.push(line),
      process: launchNative({
        translator: TRANSLATOR,
        rootPath: '/',
        entry: 'bootstrap',
        memoryMb: 64,
        network: 'all',
        env: {},
        listener: {
          memory: createHostMemory(DEFAULT_LIMITS, { clock: monotonicNow, log: createListLog([]) }),
          connections: 4,
          strangers: 4,
        },
        acceptsBarePath,
        onBarePath: (isAccepted) => this.barePaths.push(isAccepted),
        launch: ({ env, functionEnv }) => {
          this.env = { ...env, ...functionEnv }
          return launchCommand(command[0]!, command.slice(1), this.env)
        },
      }),
    })
    this.instance.handTo({
      onReady: () => this.#ready.resolve(),
      onFree: () => undefined,
      onExit: (_instance, how) => exit.resolve(how),
    })
  }

  async assign(own: Partial<Assignment>): Promise<void> {
    await this.#ready.promise
    const assignment = sampleAssignment({
      format: 'lambda',
      entryPath: '/bootstrap',
      rootPath: '/',
      env: { URL: 'https://site.example' },
      constantHeaders: [['x-nf-site-id', 'site-1']],
      invocationMode: 'buffered',
      memoryMb: 64,
      ...own,
    })
    await this.instance.assign(assignment, '/')
  }

  /** What the program is told in AWS_LAMBDA_RUNTIME_API. */
  get api(): { port: number; prefix: string } {
    const match = /^127\.0\.0\.1:(\d+)\/([\w-]{32})$/.exec(this.env.AWS_LAMBDA_RUNTIME_API ?? '')
    if (match === null) throw new Error(`no endpoint in ${JSON.stringify(this.env)}`)
    return { port: Number(match[1]), prefix: match[2]! }
  }

  /** One request of the program, below `/2018-06-01/runtime/`; a path with a leading slash is taken as it is. */
  ask(path: string, options: ApiRequest = {}): Promise<ApiAnswer> {
    const { method = 'GET', headers = {}, body, chunks, trailers, breaks = false } = options
    const { port, prefix } = this.api
    const url = path.startsWith('/') ? path : `/${prefix}/2018-06-01/runtime/${path}`
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port,
          method,
          path: url,
          agent: false,
          headers: { ...headers, ...(trailers && { trailer: Object.keys(trailers).join(', ') }) },
        },
        (response) => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => {
            text += chunk
          })
          response.on('error', reject)
          response.on('end', () =>
            resolve({
              status: response.statusCode!,
              headers: response.headers,
              body: text,
              get json() {
                return JSON.parse(text) as Record<string, unknown>
              },
            }),
          )
        },
      )
      sent.on('error', reject)
      for (const chunk of chunks ?? []) sent.write(chunk)
      if (trailers !== undefined) sent.addTrailers(trailers)
      if (breaks) sent.write(body ?? 'a part', () => sent.destroy(new Error('broken off')))
      else sent.end(body)
    })
  }

  next(): Promise<ApiAnswer> {
    return this.ask('invocation/next')
  }

  /** Asks for the next invocation and answers it with `result` as JSON, unless it is text already. */
  async respond(result: unknown, options: ApiRequest = {}): Promise<ApiAnswer> {
    const { headers } = await this.next()
    const body = typeof result === 'string' ? result : JSON.stringify(result)
    return this.ask(`invocation/${headers['lambda-runtime-aws-request-id']}/response`, {
      method: 'POST',
      ...(options.chunks === undefined && { body }),
      ...options,
    })
  }

  /** Hands a call to the instance; what becomes of it is in the result. */
  call(own: Partial<Call> = {}, credits = true): HeardCall {
    const answered = Promise.withResolvers<void>()
    const settled = Promise.withResolvers<void>()
    const heard: HeardCall = {
      status: undefined,
      headers: [],
      body: Buffer.alloc(0),
      pieces: [],
      error: undefined,
      isEnded: false,
      isSettled: false,
      answered: answered.promise,
      settled: settled.promise,
    }
    const take = (bytes: Buffer): void => {
      heard.body = Buffer.concat([heard.body, bytes])
      if (bytes.length > 0) heard.pieces.push(bytes.length)
      if (credits) queueMicrotask(() => handle.credit(bytes.length))
    }
    const handle = this.instance.invoke(
      {
        requestId: `R${++this.#lastId}`,
        method: 'GET',
        url: 'https://site.example/.netlify/functions/hello?a=1',
        route: undefined,
        params: '',
        headers: 'host: site.example\r\nx-one: 1\r\n',
        body: undefined,
        deadlineMs: monotonicNow() + 20_000,
        timeoutMs: 20_000,
        ...own,
      },
      {
        onHead(head) {
          heard.status = head.status
          heard.headers = head.headers
          take(head.body)
        },
        onChunk: take,
        onEnd() {
          heard.isEnded = true
          answered.resolve()
        },
        onError(error) {
          heard.error = error
          answered.resolve()
        },
        onSettled() {
          heard.isSettled = true
          settled.resolve()
        },
      },
    )
    return heard
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.instance.kill('closing')
    await this.exit
  }
}

export interface ProgramOptions {
  acceptsBarePath?: boolean
  /** What runs in the program's place. */
  command?: string[]
}

/** An instance that is ready and knows its function. Ends with the test: `await using`. */
export async function startProgram(
  options: ProgramOptions & { assignment?: Partial<Assignment> } = {},
): Promise<Program> {
  const program = new Program(options)
  await program.assign(options.assignment ?? {})
  return program
}
