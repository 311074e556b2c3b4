/** Requests and responses as the platform's own classes. */
const { Request: RealRequest, Response: RealResponse } = globalThis

export function installFetch(): void {
  return
}

export interface RequestInit2 {
  method: string
  url: string
  headers: string
  body: Uint8Array | undefined
  signal?: AbortSignal | undefined
}

export function createRequest(init: RequestInit2): Request {
  const headers = new Headers()
  for (const line of init.headers.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  return new RealRequest(init.url, {
    method: init.method,
    headers,
    ...(init.body !== undefined && { body: init.body as Uint8Array<ArrayBuffer> }),
    ...(init.signal !== undefined && { signal: init.signal }),
  })
}

export interface ResponseParts {
  status: number
  headers: string[]
  body: null | string | Uint8Array | ReadableStream<Uint8Array>
}

export function readResponse(response: Response): ResponseParts {
  if (response.bodyUsed || response.body?.locked)
    throw new TypeError('Body is unusable: Body has already been read')
  const headers: string[] = []
  for (const [name, value] of response.headers) headers.push(name, value)
  return { status: response.status, headers, body: response.body }
}

export function isResponse(value: unknown): value is Response {
  return value instanceof RealResponse
}

export function readRequestHeader(headers: string, name: string): string | undefined {
  const prefix = `${name}: `
  const at = headers.startsWith(prefix) ? 0 : headers.indexOf(`\r\n${prefix}`)
  if (at === -1) return undefined
  const start = at === 0 && headers.startsWith(prefix) ? prefix.length : at + 2 + prefix.length
  return headers.slice(start, headers.indexOf('\r\n', start))
}
