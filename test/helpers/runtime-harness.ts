import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex, Readable } from 'node:stream'
import {
  type Assignment,
  CREDIT_BYTES,
  type Failure,
  FrameReader,
  FrameType,
  FrameWriter,
  type Invoke,
  type LogLevel,
  parseLogLine,
  type ResponseHead,
  readCredit,
  readEnd,
  readFailed,
  readHead,
  writeAssign,
  writeCredit,
} from '../../src/compute/protocol/index.ts'
import { locateRuntimeProgram } from '../../src/host/runtime-program.ts'
import { Lines } from './lines.ts'
import { findTestNode } from './nodes.ts'
import { sampleAssignment } from './sample-assignment.ts'
import { writeInvoke } from './write-invoke.ts'

/**
 * The runtime program alone, as a child process driven by raw frames: what a function does is seen without gateway,
 * pool and instance around it.
 */
export class Runtime implements AsyncDisposable {
  readonly folder: string
  readonly stdout: Lines
  readonly stderr: Lines
  readonly pid: number
  /** Exit code, or the signal's name. */
  readonly ended: Promise<number | string>
  readonly #child: ChildProcess
  readonly #writer: FrameWriter
  readonly #calls = new Map<number, TestCall>()
  readonly #pongs: (() => void)[] = []
  readonly #onReady: () => void
  readonly ready: Promise<void>
  #nextId = 1

  constructor(child: ChildProcess, folder: string) {
    this.#child = child
    this.folder = folder
    this.pid = child.pid!
    this.stdout = new Lines(child.stdout as Readable)
    this.stderr = new Lines(child.stderr as Readable)
    this.ended = once(child, 'exit').then(([code, signal]: unknown[]) => (code ?? signal) as number | string)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ready = promise
    this.#onReady = resolve
    const control = child.stdio[3] as Duplex
    this.#writer = new FrameWriter((buffers) => {
      for (const buffer of buffers) control.write(buffer)
    })
    const reader = new FrameReader('instance', (type, id, payload) => this.#onFrame(type, id, payload))
    control.on('data', (chunk: Buffer) => reader.push(chunk))
    control.on('error', () => control.destroy()) // the child died with frames on their way to it
    control.on('close', () => {
      for (const call of this.#calls.values()) call.onClose()
    })
  }

  assign(assignment: Assignment): void {
    writeAssign(this.#writer, assignment)
  }

  /** Calls the function; the call's promises tell what becomes of it. */
  call(path = '/', options: CallOptions = {}): TestCall {
    const id = this.#nextId++
    const call = new TestCall(id, this.#writer, options.isSlow ?? false)
    this.#calls.set(id, call)
    const { method = 'GET', headers = {}, body, params = '', route, startBeforeMs } = options
    const invoke: Invoke = {
      method,
      url: `https://example.test${path}`,
      route,
      params,
      headers: Object.entries({ host: 'example.test', ...headers })
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join(''),
      deadlineMs: options.deadlineMs ?? monotonicNow() + 60_000,
      startBeforeMs,
      body: body === undefined ? undefined : Buffer.from(body),
      isBodyWhole: options.isBodyWhole ?? true,
    }
    writeInvoke(this.#writer, id, invoke)
    return call
  }

  /** Calls the function and waits for the end of its answer. Fails when it fails. */
  async fetch(path = '/', options: CallOptions = {}): Promise<Reply> {
    return this.call(path, options).reply
  }

  /** Sends any frame. */
  send(type: FrameType, id: number, payload?: Uint8Array): void {
    this.#writer.write(type, id, payload)
  }

  /** Everything sent before has been read by the child, unless user code blocks it. */
  async ping(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#pongs.push(resolve)
    this.send(FrameType.ping, 0)
    await promise
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** The host goes away: its end of the socket is closed. */
  hangUp(): void {
    ;(this.#child.stdio[3] as Duplex).destroy()
  }

  /** Complete log entries so far, of both outputs. */
  get logs(): LogEntry[] {
    return [...readEntries(this.stdout.all), ...readEntries(this.stderr.all)]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended
    rmSync(this.folder, { recursive: true, force: true })
  }

  #onFrame(type: number, id: number, payload: Buffer): void {
    if (type === FrameType.ready) return this.#onReady()
    if (type === FrameType.pong) return this.#pongs.shift()?.()
    const call = this.#calls.get(id)
    if (call === undefined) throw new Error(`frame ${type} for ${id}, which is not open`)
    call.onFrame(type, payload)
  }
}

export interface CallOptions {
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array
  params?: string
  route?: number
  deadlineMs?: number
  startBeforeMs?: number
  isBodyWhole?: boolean
  /** No credit is given for body bytes that arrive: the test does. */
  isSlow?: boolean
}

export interface Reply {
  status: number
  /** As sent, in order. */
  headers: [name: string, value: string][]
  body: string
  bytes: Buffer
}

export interface LogEntry {
  id: number | undefined
  level: LogLevel | undefined
  text: string
}

const NAMES = new Map<number, string>(Object.entries(FrameType).map(([name, type]) => [type, name]))

/** One call as the host sees it. */
export class TestCall {
  readonly id: number
  /** Names of the frames that came, in order; one that carries the end of the invocation has `+settled`. */
  readonly frames: string[] = []
  /** Body bytes of `head` and of each chunk. */
  readonly chunks: Buffer[] = []
  readonly head = Promise.withResolvers<ResponseHead>()
  readonly #ended = Promise.withResolvers<void>()
  readonly #settled = Promise.withResolvers<void>()
  readonly #failed = Promise.withResolvers<Failure>()
  readonly #writer: FrameWriter
  readonly #isSlow: boolean
  readonly #waiting = new Set<() => void>()
  #granted = CREDIT_BYTES
  /** Credit that the child gave for the request's body. */
  bodyCredit = 0

  constructor(id: number, writer: FrameWriter, isSlow: boolean) {
    this.id = id
    this.#writer = writer
    this.#isSlow = isSlow
    for (const { promise } of [this.head, this.#ended, this.#settled, this.#failed]) promise.catch(ignore)
  }

  /** The complete answer. */
  get reply(): Promise<Reply> {
    return this.#readReply()
  }

  /** The failure that was reported. Fails when the call ends without one. */
  get failure(): Promise<Failure> {
    return this.#failed.promise
  }

  /** The invocation is over, `waitUntil` work included. */
  get settled(): Promise<void> {
    return this.#settled.promise
  }

  get receivedBytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  }

  cancel(): void {
    this.#writer.write(FrameType.cancel, this.id)
  }

  grant(bytes: number): void {
    this.#granted += bytes
    writeCredit(this.#writer, this.id, bytes)
  }

  sendChunk(text: string | Uint8Array): void {
    this.#writer.write(FrameType.chunk, this.id, Buffer.from(text))
  }

  sendEnd(): void {
    this.#writer.write(FrameType.end, this.id)
  }

  /** Waits until `isTrue`, looking again after each frame. */
  async waitUntil(isTrue: (call: TestCall) => boolean): Promise<void> {
    while (!isTrue(this)) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  onFrame(type: number, payload: Buffer): void {
    this.frames.push(NAMES.get(type) ?? String(type))
    switch (type) {
      case FrameType.head: {
        const head = readHead(payload)
        this.#take(head.body)
        this.head.resolve({ ...head, body: Buffer.from(head.body) })
        if (head.isEnd) this.#end(head.isSettled)
        break
      }
      case FrameType.chunk:
        this.#take(payload)
        break
      case FrameType.end:
        this.#end(readEnd(payload).isSettled)
        break
      case FrameType.failed: {
        const { failure, isSettled } = readFailed(payload)
        this.#failed.resolve(failure)
        const error = new Error(`${failure.errorType}: ${failure.errorMessage}`, { cause: failure })
        this.head.reject(error)
        this.#ended.reject(error)
        if (isSettled) this.#settle()
        break
      }
      case FrameType.settled:
        this.#settle(false)
        break
      case FrameType.credit:
        this.bodyCredit += readCredit(payload)
        break
    }
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }

  onClose(): void {
    const error = new Error('the process ended')
    for (const { reject } of [this.head, this.#ended, this.#settled, this.#failed]) reject(error)
  }

  #take(bytes: Buffer): void {
    this.#granted -= bytes.length
    if (this.#granted < 0) throw new Error('more bytes than were granted')
    if (bytes.length > 0) this.chunks.push(Buffer.from(bytes))
    if (!this.#isSlow && bytes.length > 0) this.grant(bytes.length)
  }

  #end(isSettled: boolean): void {
    this.#ended.resolve()
    if (isSettled) this.#settle()
  }

  #settle(isWithOther = true): void {
    if (isWithOther) this.frames.push(`${this.frames.pop()}+settled`)
    this.#settled.resolve()
    this.#failed.reject(new Error('the call did not fail'))
  }

  async #readReply(): Promise<Reply> {
    const { status, headers: flat } = await this.head.promise
    await this.#ended.promise
    const headers: [string, string][] = []
    for (let i = 0; i < flat.length; i += 2) headers.push([flat[i]!, flat[i + 1]!])
    const bytes = Buffer.concat(this.chunks)
    return { status, headers, bytes, body: bytes.toString('utf8') }
  }
}

export interface StartOptions {
  /** Name of the file that holds the source. */
  file?: string
  /** Further files, by name. */
  files?: Record<string, string>
  assignment?: Partial<Assignment>
  env?: Record<string, string>
  node?: string
}

/** Starts a child with this source as its function. Ends with the test: `await using`. */
export async function startFunction(source: string, options: StartOptions = {}): Promise<Runtime> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'roost-runtime-')))
  const { file = 'hello.mjs', files = {}, assignment, env = {} } = options
  for (const [name, text] of Object.entries({ ...files, [file]: source }))
    writeFileSync(join(folder, name), text)
  const runtime = await startBlank(folder, options.node)
  runtime.assign(sampleAssignment({ entryPath: join(folder, file), rootPath: folder, env, ...assignment }))
  return runtime
}

/** A child that has not been assigned a function. */
export async function startBlank(folder: string, node?: string): Promise<Runtime> {
  const program = await locateRuntimeProgram()
  const child = spawn(node ?? (await findTestNode()), ['--enable-source-maps', program], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { PATH: '/usr/bin:/bin', BEFORE: 'of the blank' },
  })
  const runtime = new Runtime(child, folder)
  await runtime.ready
  return runtime
}

export function monotonicNow(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

function readEntries(lines: readonly string[]): LogEntry[] {
  const entries: LogEntry[] = []
  let begun: string[] = []
  for (const line of lines) {
    const { id, level, isContinued, text } = parseLogLine(line)
    begun.push(text)
    if (isContinued) continue
    entries.push({ id, level, text: begun.join('\n') })
    begun = []
  }
  return entries
}

function ignore(): void {
  return
}
