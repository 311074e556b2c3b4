import { setImmediate as turn } from 'node:timers/promises'
import type {
  Front,
  FrontLimits,
  FrontOptions,
  RequestBody,
  RequestHead,
  ResponseSink,
} from '../../src/gateway/http/index.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { pause } from '../helpers/wait.ts'

/** What came of the bytes that one client sent on one connection. */
export interface Observation {
  /** What the front told of, in order: requests, and what it refused. */
  events: Event[]
  answers: Answer[]
  /**
   * Who ends the connection. The client does when the front has nothing more to say. An answer that says it is the last
   * is the front's end; when the socket follows depends on what is still being sent, and is the contract suite's.
   */
  ending: 'front' | 'client'
}

export type Event = SeenRequest | { kind: 'refusal'; code: string; reason: string }

export interface SeenRequest {
  kind: 'request'
  head: Omit<RequestHead, 'remoteAddress'>
  isEmpty: boolean
  declaredBytes: number | undefined
  /** Latin-1. */
  body: string
  /** Whether its end has come. */
  isWhole: boolean
}

export interface Answer {
  statusLine: string
  /** Pairs in the order that the handler gave, names in lower case. */
  headers: string[]
  /** Whether it says that it is the last one. */
  isLast: boolean
  framing: string
  body: string
}

/** Small enough that a test can go over it, and as much as fronts may take of trailers. */
export const HEAD_BYTES = 16 * 1024

const LIMITS: FrontLimits = {
  requestHeadBytes: HEAD_BYTES,
  requestHeadTimeoutMs: 30_000,
  requestBodyTimeoutMs: 30_000,
  keepAliveMs: 30_000,
  connections: 0,
  clientStallMs: 30_000,
}

/** One front with a handler whose answers depend on the request alone. Takes one connection at a time. */
export class WatchedFront {
  readonly #front: Front
  #url = ''
  #events: Event[] = []

  constructor(create: (options: FrontOptions) => Front) {
    this.#front = create({
      onRequest: (head, body, sink) => this.#onRequest(head, body, sink),
      onRefusal: (code, _id, reason) => this.#events.push({ kind: 'refusal', code, reason }),
      newRequestId: () => 'ID',
      limits: LIMITS,
    })
  }

  async listen(): Promise<void> {
    const { port } = await this.#front.listen({ port: 0, host: '127.0.0.1' })
    this.#url = `http://127.0.0.1:${port}`
  }

  close(): Promise<void> {
    return this.#front.destroy()
  }

  /**
   * Sends `segments`, each in a turn of its own, waits until no more comes back, ends its side, and waits for the end.
   *
   * Client and front share an event loop, and what one writes the system hands to the other at once: after some turns without
   * a byte the front has said what it has to say. Should that ever be too early on a busy machine, an observation differs, and the
   * one who compares looks once more with patience.
   */
  async feed(segments: readonly Buffer[], isPatient = false): Promise<Observation> {
    this.#events = []
    const client = await RawClient.connect(this.#url)
    const closed = new Promise<void>((resolve) => client.socket.once('close', () => resolve()))
    client.socket.setNoDelay(true)
    for (const segment of segments) {
      if (client.ended !== undefined) break
      client.send(segment)
      await turn()
    }
    await waitForQuiet(client, isPatient)
    const hasEnded = client.ended !== undefined
    client.socket.end()
    const timer = setTimeout(() => client.socket.destroy(new Error('not closed')), 10_000)
    await closed
    clearTimeout(timer)
    while (this.#front.connections > 0) await turn()
    const answers = readAnswers(client.received)
    return { events: this.#events, answers, ending: hasEnded || answers.at(-1)?.isLast ? 'front' : 'client' }
  }

  #onRequest({ remoteAddress: _, ...head }: RequestHead, body: RequestBody, sink: ResponseSink): void {
    const seen: SeenRequest = {
      kind: 'request',
      // For HTTP/1.0 without a host it is the front's own address, which is another for each.
      head: { ...head, host: this.#url.endsWith(`//${head.host}`) ? '(own)' : head.host },
      isEmpty: body.isEmpty,
      declaredBytes: body.declaredBytes,
      body: '',
      isWhole: body.isEmpty,
    }
    this.#events.push(seen)
    if (head.path.startsWith('/refuse')) {
      sink.send(413, ['X-Version', head.httpVersion, ...sizeForOld(head, 10)], 'not wanted')
      seen.isWhole = true // as far as anybody can see
    } else if (body.isEmpty) answer(seen, sink)
    else
      body.collect({
        onBodyChunk: (bytes) => {
          seen.body += bytes.latin1Slice()
        },
        onBodyEnd: () => {
          seen.isWhole = true
          answer(seen, sink)
        },
      })
  }
}

/** Says what was seen, in the way that the path names. */
function answer({ head, body }: SeenRequest, sink: ResponseSink): void {
  const text = Buffer.from(`${head.method} ${head.target} with ${body.length}`, 'latin1')
  const headers = ['X-Version', head.httpVersion, 'Set-Cookie', 'a=1', 'set-cookie', 'b=2']
  if (head.httpVersion === '1.0') {
    // After an answer without a length Node ends such a connection even where the status says that there is no body.
    sink.send(200, [...headers, ...sizeForOld(head, text.length)], text)
  } else if (head.path.startsWith('/chunks')) {
    sink.start(200, headers, undefined, text)
    sink.write(Buffer.from(' and more'))
    sink.end()
  } else if (head.path.startsWith('/length')) {
    sink.start(200, headers, text.length + 4, text)
    sink.write(Buffer.from(' end'))
    sink.end()
  } else if (head.path.startsWith('/nothing')) sink.send(204, headers, '')
  else if (head.path.startsWith('/same')) sink.send(304, headers, '')
  else sink.send(200, headers, text)
}

function sizeForOld({ method, httpVersion }: SeenRequest['head'], length: number): string[] {
  return method === 'HEAD' && httpVersion === '1.0' ? ['content-length', String(length)] : []
}

async function waitForQuiet(client: RawClient, isPatient: boolean): Promise<void> {
  let length = -1
  for (let quiet = 0; quiet < 8 && client.ended === undefined; quiet++) {
    if (client.received.length !== length || client.socket.writableLength > 0) quiet = 0
    length = client.received.length
    if (isPatient) await pause(40)
    else await turn()
  }
}

/** No body of a handler here looks like a status line. */
function readAnswers(text: string): Answer[] {
  return text.split(/(?=HTTP\/1\.1 \d{3} )/).flatMap((part) => (part === '' ? [] : readAnswer(part)))
}

function readAnswer(text: string): Answer {
  const headEnd = text.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n')
  const answer: Answer = {
    statusLine,
    headers: [],
    isLast: false,
    framing: '',
    body: text.slice(headEnd + 4),
  }
  let connection = ''
  for (const line of lines) {
    const [name = '', value = ''] = line.split(/: (.*)/s)
    const lower = name.toLowerCase()
    if (lower === 'date' || lower === 'keep-alive') continue
    if (lower === 'connection') connection = value.toLowerCase()
    else if (lower === 'content-length' || lower === 'transfer-encoding') answer.framing = `${lower} ${value}`
    else answer.headers.push(lower, value)
  }
  // HTTP/1.1 goes on unless it says otherwise, HTTP/1.0 ends unless it says otherwise.
  answer.isLast = answer.headers.includes('1.0') ? connection !== 'keep-alive' : connection === 'close'
  if (answer.framing === 'transfer-encoding chunked') answer.body = joinChunks(answer.body)
  // What a parser calls the mistake is its own affair; that the length is right is not.
  if (answer.headers.includes('REQUEST_INVALID')) {
    const isRight = answer.framing === `content-length ${answer.body.length}`
    if (isRight && answer.body !== '') [answer.framing, answer.body] = ['right', '(reason)']
  }
  return answer
}

/** Where one chunk ends and the next begins means nothing. A last chunk that is missing does. */
function joinChunks(text: string): string {
  let body = ''
  for (let at = 0; ; ) {
    const lineEnd = text.indexOf('\r\n', at)
    const size = Number.parseInt(text.slice(at, lineEnd), 16)
    if (lineEnd === -1 || Number.isNaN(size)) return `${body}(cut)`
    if (size === 0) return `${body}(end)${text.slice(lineEnd + 4)}`
    body += text.slice(lineEnd + 2, lineEnd + 2 + size)
    at = lineEnd + 2 + size + 2
  }
}
