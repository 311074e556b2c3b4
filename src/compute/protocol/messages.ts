import { Buffer } from 'node:buffer'
import { boundFailure, type Failure, type FailurePhase } from './failure.ts'
import {
  FrameType,
  MAX_PAYLOAD_BYTES,
  MAX_RESPONSE_HEAD_BYTES,
  MAX_RESPONSE_HEADERS,
  ProtocolError,
} from './frames.ts'
import { COPY_BELOW_BYTES, type FrameWriter } from './writer.ts'

// ---- assign: what an instance learns once -----------------------------------------------------------------

/** How the entry point is called: web (`Request` → `Response`) or lambda (`event, context, callback`). */
export type RuntimeFormat = 'web' | 'lambda'

/** Everything about the function that does not change between invocations. */
export interface Assignment {
  functionName: string
  format: RuntimeFormat
  /** Absolute path of the module that is imported at the first invocation. */
  entryPath: string
  /** Working directory: the site's base directory in the function's folder. */
  rootPath: string
  /** The function's environment, whole: nothing else of the host's is visible. */
  env: Record<string, string>
  /** Patterns of the function's routes; `Invoke.route` is an index into it. */
  routes: string[]
  /** Request headers that are the same for every request of this deploy (`x-nf-site-id` …), lower-case. */
  constantHeaders: [name: string, value: string][]
  invocationMode: 'buffered' | 'streaming' | 'background'
  /** Bytes of a buffered (lambda) response before it is refused. */
  maxBufferedResponseBytes: number
  memoryMb: number
  /** Invocations at once that the host may send; 1 when absent. */
  concurrency?: number
  /** Whether `request.signal` aborts when the client goes away (off by default: Netlify never does). */
  abortOnDisconnect: boolean
  mode: 'production' | 'dev'
  /** Further context for user code, as Netlify's own event would carry it (blobs, purge token …). */
  extras: Record<string, string>
}

export function writeAssign(writer: FrameWriter, assignment: Assignment): void {
  writer.write(FrameType.assign, 0, Buffer.from(JSON.stringify(assignment)))
}

export function readAssign(payload: Buffer): Assignment {
  return JSON.parse(payload.toString('utf8')) as Assignment
}

// ---- invoke -------------------------------------------------------------------------------------------------

/** What stands in the frame for `route: undefined`. */
const NO_ROUTE = 0xffff
/** What stands in the frame for `startBeforeMs: undefined`. */
const AT_ONCE = 0

/**
 *   u8 flags | u16 route | f64 deadline | f64 startBefore | u32 head length | head | body
 *
 * Head, latin-1: `METHOD URL\n` `params as JSON or nothing\n` then `name: value\r\n` per header. The gateway has
 * checked that no part holds a line break, so nobody parses the headers before somebody asks for them.
 */
export interface Invoke extends InvokeHead {
  /** The latest start of a call that is handed ahead (`isHandedAhead`); undefined for another one. */
  startBeforeMs: number | undefined
  /** First bytes of the body (all of it when `isBodyWhole`), or undefined for none. */
  body: Buffer | undefined
  /** No `chunk` and `end` frames follow. */
  isBodyWhole: boolean
}

/** What host and instance both know of a call. */
export interface InvokeHead {
  method: string
  /** Absolute URL as the client asked for it, percent-encoded, no fragment. */
  url: string
  /** Index into `Assignment.routes`; undefined when no route matched: the default URL. */
  route: number | undefined
  /** Route parameters as a JSON object, or '' for none. ASCII. */
  params: string
  /** `name: value\r\n` per header, names lower-case, latin-1 without line breaks. */
  headers: string
  /** Moment on the machine's monotonic clock, in ms, after which the instance is killed. */
  deadlineMs: number
}

/** Whether it was sent behind another call: it starts when no other is open, and not later than `startBeforeMs`. */
export function isHandedAhead({ startBeforeMs }: { readonly startBeforeMs: number | undefined }): boolean {
  return startBeforeMs !== undefined
}

const INVOKE_FIXED_BYTES = 23
const BODY_WHOLE = 1

/**
 * @param body its first bytes, or all of it when `isBodyWhole`.
 * @throws ProtocolError when the frame would be too long: head and first body bytes are bounded by the gateway.
 */
export function writeInvoke(
  writer: FrameWriter,
  id: number,
  call: InvokeHead,
  startBeforeMs: number | undefined,
  body: Buffer | undefined,
  isBodyWhole: boolean,
): void {
  const head = `${call.method} ${call.url}\n${call.params}\n${call.headers}`
  const fixedAndHead = INVOKE_FIXED_BYTES + head.length
  if (fixedAndHead + (body?.length ?? 0) > MAX_PAYLOAD_BYTES)
    throw new ProtocolError('an invoke frame over the limit')
  const isLarge = body !== undefined && body.length > COPY_BELOW_BYTES
  const slab = writer.reserve(fixedAndHead + (isLarge ? 0 : (body?.length ?? 0)))
  const at = writer.payloadStart
  slab[at] = isBodyWhole ? BODY_WHOLE : 0
  slab.writeUInt16LE(call.route ?? NO_ROUTE, at + 1)
  slab.writeDoubleLE(call.deadlineMs, at + 3)
  slab.writeDoubleLE(startBeforeMs ?? AT_ONCE, at + 11)
  slab.writeUInt32LE(head.length, at + 19)
  slab.latin1Write(head, at + INVOKE_FIXED_BYTES)
  if (body === undefined) return writer.commit(FrameType.invoke, id, fixedAndHead)
  if (isLarge) return writer.commitWithTail(FrameType.invoke, id, fixedAndHead, body)
  slab.set(body, at + fixedAndHead)
  writer.commit(FrameType.invoke, id, fixedAndHead + body.length)
}

/** The returned `body` is a copy; `headers` is the block as sent. */
export function readInvoke(payload: Buffer): Invoke {
  const headLength = payload.readUInt32LE(19)
  const bodyStart = INVOKE_FIXED_BYTES + headLength
  const head = payload.latin1Slice(INVOKE_FIXED_BYTES, bodyStart)
  const space = head.indexOf(' ')
  const firstBreak = head.indexOf('\n')
  const secondBreak = head.indexOf('\n', firstBreak + 1)
  const route = payload.readUInt16LE(1)
  const startBeforeMs = payload.readDoubleLE(11)
  return {
    method: head.slice(0, space),
    url: head.slice(space + 1, firstBreak),
    route: route === NO_ROUTE ? undefined : route,
    params: head.slice(firstBreak + 1, secondBreak),
    headers: head.slice(secondBreak + 1),
    deadlineMs: payload.readDoubleLE(3),
    startBeforeMs: startBeforeMs === AT_ONCE ? undefined : startBeforeMs,
    body: bodyStart < payload.length ? Buffer.from(payload.subarray(bodyStart)) : undefined,
    isBodyWhole: (payload[0]! & BODY_WHOLE) !== 0,
  }
}

// ---- head: status and headers of a response, with as much of the body as there is ----------------------------

/**
 *   u8 flags | u16 status | u16 pairs | pairs: u16 name length, u32 value length, name, value (latin-1) | body
 */
export interface ResponseHead {
  status: number
  /** Flat pairs: name, value, name, value. */
  headers: string[]
  /** The body ends with this frame. */
  isEnd: boolean
  /** The invocation is over as well: no `settled` frame follows. Only together with `isEnd`. */
  isSettled: boolean
  body: Buffer
}

const HEAD_FIXED_BYTES = 5
const PAIR_FIXED_BYTES = 6
const MAX_NAME_BYTES = 0xffff
const HEAD_END = 1
const HEAD_SETTLED = 2

/**
 * @param body text is sent as UTF-8. At most CREDIT_BYTES long.
 * @throws ProtocolError when the headers are too long, together or one name, or too many: the runtime answers with an
 *   error instead.
 */
export function writeHead(
  writer: FrameWriter,
  id: number,
  status: number,
  headers: readonly string[],
  body: string | Uint8Array | undefined,
  isEnd: boolean,
  isSettled: boolean,
): void {
  const pairs = headers.length / 2
  if (pairs > MAX_RESPONSE_HEADERS) throw new ProtocolError(`${pairs} response headers`)
  let headBytes = HEAD_FIXED_BYTES
  for (let i = 0; i < headers.length; i += 2) {
    const nameBytes = headers[i]!.length
    if (nameBytes > MAX_NAME_BYTES) throw new ProtocolError(`a response header name of ${nameBytes} bytes`)
    headBytes += PAIR_FIXED_BYTES + nameBytes + headers[i + 1]!.length
  }
  if (headBytes > MAX_RESPONSE_HEAD_BYTES) throw new ProtocolError(`response headers of ${headBytes} bytes`)
  const tail = body !== undefined && body.length > COPY_BELOW_BYTES ? toBytes(body) : undefined
  // A character of text is at most three bytes of UTF-8.
  const maxBody =
    body === undefined || tail !== undefined ? 0 : body.length * (typeof body === 'string' ? 3 : 1)
  const slab = writer.reserve(headBytes + maxBody)
  const start = writer.payloadStart
  slab[start] = (isEnd ? HEAD_END : 0) | (isSettled ? HEAD_SETTLED : 0)
  slab.writeUInt16LE(status, start + 1)
  slab.writeUInt16LE(pairs, start + 3)
  let at = start + HEAD_FIXED_BYTES
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!
    const value = headers[i + 1]!
    slab.writeUInt16LE(name.length, at)
    slab.writeUInt32LE(value.length, at + 2)
    at += PAIR_FIXED_BYTES
    at += slab.latin1Write(name, at)
    at += slab.latin1Write(value, at)
  }
  if (tail !== undefined) return writer.commitWithTail(FrameType.head, id, at - start, tail)
  if (typeof body === 'string') at += slab.utf8Write(body, at)
  else if (body !== undefined) {
    slab.set(body, at)
    at += body.length
  }
  writer.commit(FrameType.head, id, at - start)
}

function toBytes(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body
}

/**
 * Reads what a hostile instance may have written: every length is checked. What the values mean (status range,
 * header syntax) is the gateway's to check (D25). `body` is a view of `payload`.
 *
 * @throws ProtocolError
 */
export function readHead(payload: Buffer): ResponseHead {
  if (payload.length < HEAD_FIXED_BYTES) throw new ProtocolError('a head frame that is too short')
  const flags = payload[0]!
  const pairs = payload.readUInt16LE(3)
  const end = findHeadersEnd(payload, pairs)
  // Decoded at once, lengths and all, and then cut: a call into native code costs more than the few bytes.
  const text = payload.latin1Slice(0, end)
  const headers: string[] = []
  let at = HEAD_FIXED_BYTES
  for (let i = 0; i < pairs; i++) {
    const nameEnd = at + PAIR_FIXED_BYTES + payload.readUInt16LE(at)
    const valueEnd = nameEnd + payload.readUInt32LE(at + 2)
    headers.push(text.slice(at + PAIR_FIXED_BYTES, nameEnd), text.slice(nameEnd, valueEnd))
    at = valueEnd
  }
  const isEnd = (flags & HEAD_END) !== 0
  const isSettled = (flags & HEAD_SETTLED) !== 0
  if (isSettled && !isEnd) throw new ProtocolError('a head frame that is settled but not at its end')
  return { status: payload.readUInt16LE(1), headers, isEnd, isSettled, body: payload.subarray(end) }
}

/** Where the body starts. All lengths have been checked then. */
function findHeadersEnd(payload: Buffer, pairs: number): number {
  if (pairs > MAX_RESPONSE_HEADERS) throw new ProtocolError(`${pairs} response headers`)
  let at = HEAD_FIXED_BYTES
  for (let i = 0; i < pairs; i++) {
    if (payload.length - at < PAIR_FIXED_BYTES)
      throw new ProtocolError('a header pair beyond the end of its frame')
    at += PAIR_FIXED_BYTES + payload.readUInt16LE(at) + payload.readUInt32LE(at + 2)
    if (at > payload.length) throw new ProtocolError('a header beyond the end of its frame')
    if (at > MAX_RESPONSE_HEAD_BYTES) throw new ProtocolError('response headers over the limit')
  }
  return at
}

// ---- end, credit, settled -----------------------------------------------------------------------------------

const END_SETTLED = 1

/** The body is complete. `isSettled`: the invocation is over too. */
export function writeEnd(writer: FrameWriter, id: number, isSettled: boolean): void {
  const slab = writer.reserve(1)
  slab[writer.payloadStart] = isSettled ? END_SETTLED : 0
  writer.commit(FrameType.end, id, 1)
}

export function readEnd(payload: Buffer): { isSettled: boolean } {
  return { isSettled: payload.length > 0 && (payload[0]! & END_SETTLED) !== 0 }
}

/** Allows the peer `bytes` more body bytes of this invocation. */
export function writeCredit(writer: FrameWriter, id: number, bytes: number): void {
  const slab = writer.reserve(4)
  slab.writeUInt32LE(bytes, writer.payloadStart)
  writer.commit(FrameType.credit, id, 4)
}

export function readCredit(payload: Buffer): number {
  if (payload.length !== 4) throw new ProtocolError('a credit frame of the wrong length')
  return payload.readUInt32LE(0)
}

// ---- failed: user code's failure is data ----------------------------------------------------------------------

/** A character takes at most six bytes, `\u0000`, and a failure is bounded. */
const MAX_FAILURE_BYTES = 128 * 1024

export interface Failed {
  failure: Failure
  /** Pending `waitUntil` work is over as well: no `settled` frame follows. */
  isSettled: boolean
}

export function writeFailed(writer: FrameWriter, id: number, failure: Failure, isSettled: boolean): void {
  // Before it becomes JSON: user code can throw an error that no string could hold.
  writer.write(
    FrameType.failed,
    id,
    Buffer.from(JSON.stringify({ failure: boundFailure(failure), isSettled })),
  )
}

const PHASES: readonly string[] = ['load', 'handler', 'result', 'body', 'process'] satisfies FailurePhase[]

/** Bounded again: the instance may have written it itself. @throws ProtocolError */
export function readFailed(payload: Buffer): Failed {
  if (payload.length > MAX_FAILURE_BYTES) throw new ProtocolError('a failure record over the limit')
  let value: unknown
  try {
    value = JSON.parse(payload.toString('utf8'))
  } catch {
    throw new ProtocolError('a failure record that is not JSON')
  }
  const { failure, isSettled } = (value ?? {}) as { failure?: Partial<Failure>; isSettled?: unknown }
  if (
    typeof failure !== 'object' ||
    failure === null ||
    typeof failure.errorType !== 'string' ||
    typeof failure.errorMessage !== 'string' ||
    !Array.isArray(failure.trace) ||
    !failure.trace.every((line) => typeof line === 'string') ||
    !PHASES.includes(String(failure.phase)) ||
    typeof isSettled !== 'boolean'
  )
    throw new ProtocolError('a failure record of the wrong shape')
  return {
    failure: boundFailure({
      errorType: failure.errorType,
      errorMessage: failure.errorMessage,
      trace: failure.trace,
      phase: failure.phase!,
      ...(failure.isValidation === true && { isValidation: true }),
    }),
    isSettled,
  }
}

// ---- ready ------------------------------------------------------------------------------------------------------

export interface Ready {
  protocolVersion: number
  nodeVersion: string
}

export function writeReady(writer: FrameWriter, ready: Ready): void {
  writer.write(FrameType.ready, 0, Buffer.from(JSON.stringify(ready)))
}

/** @throws ProtocolError */
export function readReady(payload: Buffer): Ready {
  try {
    const value = JSON.parse(payload.toString('utf8')) as Ready
    const { protocolVersion, nodeVersion } = value
    if (typeof protocolVersion === 'number' && typeof nodeVersion === 'string' && nodeVersion.length <= 64)
      return { protocolVersion, nodeVersion }
  } catch {
    // falls through to the same answer as a record of the wrong shape
  }
  throw new ProtocolError('a ready record of the wrong shape')
}
