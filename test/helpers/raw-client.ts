import { connect, type Socket } from 'node:net'
import { waitFor } from './wait.ts'

export interface RawResponse {
  status: number
  /** Names in lower case; repeated ones in order. */
  headers: [name: string, value: string][]
  /** Latin-1. */
  body: string
  /** Whether all of the body has come; a part comes with false when the connection ended before. */
  isWhole: boolean
}

/**
 * A client that writes exactly what a test says and reads answers byte by byte, for everything that a well-behaved
 * client would not do.
 */
export class RawClient {
  readonly socket: Socket
  /** What has come and has not been read as an answer yet. Latin-1. */
  received = ''
  /** How the connection ended, once it has. */
  ended: 'end' | 'reset' | undefined

  private constructor(socket: Socket) {
    this.socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      this.received += text
    })
    socket.on('end', () => {
      this.ended ??= 'end'
    })
    socket.on('error', () => {
      this.ended ??= 'reset'
    })
    socket.on('close', () => {
      this.ended ??= 'end'
    })
  }

  static async connect(url: string): Promise<RawClient> {
    const { hostname, port } = new URL(url)
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    const client = new RawClient(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return client
  }

  /** Lines of a head, joined with CRLF and closed by an empty line. */
  sendHead(...lines: string[]): void {
    this.send(`${lines.join('\r\n')}\r\n\r\n`)
  }

  /** @param text latin-1. */
  send(text: string | Buffer): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  }

  /** The next answer. @param isHead its request was HEAD: there is no body, whatever the head says. */
  async read({ isHead = false } = {}): Promise<RawResponse> {
    let found: Found | undefined
    await waitFor('an answer', () => {
      found = findResponse(this.received, isHead, this.ended !== undefined)
      return found !== undefined || this.ended !== undefined
    })
    if (found === undefined) throw new Error(`the connection ended (${this.ended}) after: ${this.received}`)
    this.received = this.received.slice(found.length)
    return found.response
  }

  /** The head of the answer that is coming, as soon as it is whole; `read` will return it again. */
  async peekHead(): Promise<string> {
    await waitFor('a head', () => this.received.includes('\r\n\r\n') || this.ended !== undefined)
    return this.received.slice(0, this.received.indexOf('\r\n\r\n'))
  }

  async waitForEnd(): Promise<'end' | 'reset'> {
    await waitFor('the end of the connection', () => this.ended !== undefined)
    return this.ended!
  }

  destroy(): void {
    this.socket.destroy()
  }
}

interface Found {
  response: RawResponse
  length: number
}

function findResponse(text: string, isHead: boolean, isEnded: boolean): Found | undefined {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1])
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)]
  })
  const start = headEnd + 4
  const whole = (body: string, end: number): Found => ({
    response: { status, headers, body, isWhole: true },
    length: end,
  })
  const part = (body: string): Found | undefined =>
    isEnded ? { response: { status, headers, body, isWhole: false }, length: text.length } : undefined
  if (isHead || status === 204 || status === 304 || status < 200) return whole('', start)
  const get = (name: string): string | undefined => headers.find(([each]) => each === name)?.[1]
  const length = get('content-length')
  if (length !== undefined) {
    const end = start + Number(length)
    return text.length >= end ? whole(text.slice(start, end), end) : part(text.slice(start))
  }
  if (get('transfer-encoding') === 'chunked') return readChunks(text, start, whole, part)
  // Closed by the end of the connection.
  return isEnded ? whole(text.slice(start), text.length) : undefined
}

function readChunks(
  text: string,
  start: number,
  whole: (body: string, end: number) => Found,
  part: (body: string) => Found | undefined,
): Found | undefined {
  let body = ''
  let at = start
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd === -1) return part(body)
    const size = Number.parseInt(text.slice(at, lineEnd), 16)
    const chunkEnd = lineEnd + 2 + size + 2
    if (text.length < chunkEnd) return part(body + text.slice(lineEnd + 2))
    body += text.slice(lineEnd + 2, chunkEnd - 2)
    if (size === 0) return whole(body, chunkEnd)
    at = chunkEnd
  }
}

export function getHeader(response: RawResponse, name: string): string | undefined {
  return response.headers.find(([each]) => each === name)?.[1]
}
