import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'

export interface AskOptions {
  method?: string
  headers?: Record<string, string | string[]>
  body?: string | Uint8Array
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  /** As they came: names, values, names, values. */
  rawHeaders: string[]
  body: string
}

/** One request on a connection of its own, read to the end. Fails when the connection breaks before the end. */
export async function ask(url: string | URL, options: AskOptions = {}): Promise<Answer> {
  const stream = await openStream(url, options)
  let body = ''
  for await (const chunk of stream.chunks) body += chunk
  return { status: stream.status, headers: stream.headers, rawHeaders: stream.rawHeaders, body }
}

export interface AnswerStream extends Omit<Answer, 'body'> {
  /** The body's text as it arrives. Fails when the connection breaks before the end. */
  chunks: AsyncIterableIterator<string>
}

/** One request on a connection of its own; comes back with the head. */
export function openStream(
  url: string | URL,
  { method, headers, body }: AskOptions = {},
): Promise<AnswerStream> {
  const { promise, resolve, reject } = Promise.withResolvers<AnswerStream>()
  const call = request(url, { method, headers, agent: false }, (response: IncomingMessage) => {
    response.setEncoding('utf8')
    resolve({
      status: response.statusCode!,
      headers: response.headers,
      rawHeaders: response.rawHeaders,
      chunks: response[Symbol.asyncIterator]() as AsyncIterableIterator<string>,
    })
  })
  call.on('error', reject)
  call.end(body)
  return promise
}

/** Writes bytes as they are and reads until the server closes the connection. For requests that no client would send. */
export function sendRaw(url: string | URL, text: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(text, 'latin1'))
  let received = ''
  socket.setEncoding('latin1')
  socket.on('data', (chunk) => {
    received += chunk
  })
  socket.on('end', () => resolve(received))
  socket.on('error', reject)
  return promise
}
