import { type Duplex, duplexPair, PassThrough } from 'node:stream'
import { monotonicNow } from '../../src/base/lib/index.ts'
import type { Call, CallObserver } from '../../src/compute/instance/index.ts'
import type { LaunchedProcess } from '../../src/compute/process/index.ts'
import {
  FrameReader,
  FrameType,
  FrameWriter,
  PROTOCOL_VERSION,
  writeHead,
  writeReady,
} from '../../src/compute/protocol/index.ts'

type ExitListener = Parameters<LaunchedProcess['onExit']>[0]

/**
 * A process that the test plays itself, frame by frame: what real processes do in an order that nobody can choose (a
 * frame read after the exit was heard of) happens here in the order that the test says.
 */
export class PlayedProcess implements LaunchedProcess {
  readonly pid = undefined
  readonly control: Duplex
  readonly stdout = new PassThrough()
  readonly stderr = new PassThrough()
  /** Types of the frames that have come. */
  readonly frames: number[] = []
  /** Numbers of the calls that have come. */
  readonly calls: number[] = []
  readonly signals: NodeJS.Signals[] = []
  readonly #far: Duplex
  readonly #writer: FrameWriter
  #onExit: ExitListener | undefined

  constructor() {
    const [control, far] = duplexPair()
    this.control = control
    this.#far = far
    this.#writer = new FrameWriter((buffers) => {
      if (far.writable) for (const buffer of buffers) far.write(buffer)
    })
    const reader = new FrameReader('host', (type, id) => {
      this.frames.push(type)
      if (type === FrameType.invoke) this.calls.push(id)
    })
    far.on('data', (chunk: Buffer) => reader.push(chunk))
    far.on('error', () => far.destroy()) // the host has closed the connection
  }

  /** Says that it is ready. */
  start(): void {
    writeReady(this.#writer, { protocolVersion: PROTOCOL_VERSION, nodeVersion: '' })
    this.#writer.flush()
  }

  /** Answers the first call that it has not answered, and is done with it. @returns whether there was one. */
  answer(): boolean {
    const id = this.calls.shift()
    if (id === undefined) return false
    writeHead(this.#writer, id, 200, [], undefined, true, true)
    this.#writer.flush()
    return true
  }

  /** Ends; its connection may be read on. */
  exit(code: number | null = 0, signal: NodeJS.Signals | null = null): void {
    this.#onExit?.(code, signal)
    this.#onExit = undefined
  }

  /** Its end of the connection is closed. */
  hangUp(): void {
    this.#far.end()
  }

  admit = (rootPath: string): Promise<string> => Promise.resolve(rootPath)

  onExit(listener: ExitListener): void {
    this.#onExit = listener
  }

  kill(signal: NodeJS.Signals): void {
    this.signals.push(signal)
  }

  setNice = (): boolean => true
  ranOutOfMemory = (): boolean => false

  release(): void {
    this.stdout.destroy()
    this.stderr.destroy()
  }
}

/** A call that nothing is special about. */
export function sampleCall(own: Partial<Call> = {}): Call {
  return {
    requestId: 'r',
    method: 'GET',
    url: 'http://localhost/',
    route: undefined,
    params: '',
    headers: '',
    body: undefined,
    deadlineMs: monotonicNow() + 60_000,
    timeoutMs: 60_000,
    ...own,
  }
}

/** What an observer is told, a word each. */
export function listen(): { heard: string[]; observer: CallObserver } {
  const heard: string[] = []
  const observer: CallObserver = {
    onHead: () => heard.push('head'),
    onChunk: () => heard.push('chunk'),
    onEnd: () => heard.push('end'),
    onError: ({ code }) => heard.push(code),
    onSettled: () => heard.push('settled'),
  }
  return { heard, observer }
}
