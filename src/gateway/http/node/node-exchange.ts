import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { GatheredBytes, isBodyless, monotonicNow } from '../../../base/lib/index.ts'
import type { AnswerHolder, Backlog, WaitingBytes } from '../../../base/memory/index.ts'
import type {
  BodyReceiver,
  ConnectionSink,
  FrontOptions,
  RequestBody,
  ResponseSink,
  SinkListener,
} from '../front.ts'
import { formatHead } from '../head/format-head.ts'
import { LINGER_MS, MAX_LINGERING_BYTES, STREAM_STEP_BYTES } from '../refusal.ts'

/** Bodies up to this are copied into the write of their head. */
const JOINED_BYTES = 16 * 1024

/** What the front knows of one connection. */
export class NodeConnection {
  readonly socket: Socket
  readonly backlog: Backlog | undefined
  readonly bodyTimeoutMs: number
  /** Requests whose answer is not complete; several when the client pipelines. */
  readonly open: NodeExchange[] = []
  /** The answer that comes next is the last: what follows its request is read by nobody. */
  isOver = false
  /** What came can not be read as HTTP, or did not come in time. */
  isGivenUp = false
  /** The front is closing: the answer to the last request that has come is the last. */
  isClosing = false
  /** It speaks another protocol, and is somebody else's to end. */
  isSwitched = false
  /** The last requests that came. Weak: Node keeps them until their answers are out, and an idle connection needs none. */
  #latest: WeakRef<NodeExchange> | undefined
  #beforeLatest: WeakRef<NodeExchange> | undefined
  readonly #lingerMs: number

  /** Complete answers that the client has not taken yet. */
  readonly #untaken: NodeExchange[] = []

  constructor(socket: Socket, { backlog, limits }: Pick<FrontOptions, 'backlog' | 'limits'>) {
    this.socket = socket
    this.backlog = backlog
    this.#lingerMs = limits.lingerMs ?? LINGER_MS
    this.bodyTimeoutMs = limits.requestBodyTimeoutMs
  }

  /** Whether the body that is being read has taken too long. */
  isLate(nowMs: number): boolean {
    return this.#latest?.deref()?.isLate(nowMs) ?? false
  }

  /**
   * Takes the connection from `node:http`, in the way of Node itself when a server hears `upgrade`. That event would come
   * before anybody knows whether the request is one for another protocol.
   */
  handOver(res: ServerResponse): Socket | undefined {
    const { socket } = this
    if (this.open.length > 1 || res.socket !== socket || this.isGivenUp || this.isClosing) return undefined
    this.open.length = 0
    this.isSwitched = true
    res.detachSocket(socket)
    for (const event of ['data', 'end', 'drain', 'error', 'timeout']) socket.removeAllListeners(event)
    socket.on('error', ignore)
    socket.setTimeout(0)
    // Or Node would end the connection as an idle one when the server closes.
    ;(socket as Socket & { parser: { remove?(): void } | null }).parser?.remove?.()
    return socket
  }

  onClose(): void {
    for (const exchange of this.open) exchange.onClose()
    this.open.length = 0
    for (const exchange of this.#untaken) exchange.onTaken()
    this.#untaken.length = 0
  }

  /** Until it is taken, or the connection ends: an answer that waits behind others does not hear of that end. */
  awaitTaking(exchange: NodeExchange, res: ServerResponse): void {
    this.#untaken.push(exchange)
    res.once('finish', () => {
      const at = this.#untaken.indexOf(exchange)
      if (at === -1) return
      this.#untaken.splice(at, 1)
      exchange.onTaken()
    })
  }

  /** Nothing has moved for as long as a connection may be idle, or a client may take to read. */
  onTimeout(): void {
    if (this.open.length === 0 || this.socket.writableLength > 0) this.destroy()
  }

  /** The system would keep up to 4 MB of an answer that the client does not read, and the connection with it. */
  destroy(): void {
    if (this.socket.writableLength > 0) this.socket.resetAndDestroy()
    else this.socket.destroy()
  }

  /** Lets it end after what it is in the middle of. One that never brought a request Node does not take for idle. */
  close(): void {
    this.isClosing = true
    if (this.isSwitched) return
    if (this.open.length === 0 && this.socket.bytesRead === 0) this.socket.destroy()
  }

  /**
   * Keeps Node from closing the connection behind its last answer while the client is still sending: the client might lose
   * the answer to a reset (RFC 9112, 9.6).
   */
  linger(): void {
    this.isOver = true
    this.socket.destroySoon = () => {
      this.socket.end()
      setTimeout(() => this.socket.destroy(), this.#lingerMs).unref()
    }
  }

  add(exchange: NodeExchange): void {
    this.open.push(exchange)
    this.#beforeLatest = this.#latest
    this.#latest = new WeakRef(exchange)
  }

  /**
   * Nothing more can be read. What was asked before is answered first. Then comes `refuse`, in place of the answer to what
   * could not be read, or `end` where that answer has been given already.
   */
  giveUp(refuse: () => void, end: () => void): void {
    const latest = this.#latest?.deref()
    if (latest === undefined) return refuse()
    if (latest.isReceived) return latest.afterAnswer(this.isOver ? end : refuse)
    if (latest.state === 'ended') return latest.afterAnswer(end)
    if (latest.state !== 'untouched') return latest.cut()
    const before = this.#beforeLatest?.deref()
    if (before === undefined) refuse()
    else before.afterAnswer(refuse)
  }
}

/** One request of a connection and its answer: body and sink in one object. */
export class NodeExchange implements RequestBody, ConnectionSink, AnswerHolder {
  state: ResponseSink['state'] = 'untouched'
  waiting: WaitingBytes | undefined
  readonly #connection: NodeConnection
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #isHead: boolean
  /** The connection ends with this answer. */
  #isLast = false
  /** The client waits for `100 Continue` before it sends the body. */
  #isHeldBack: boolean
  #listener: SinkListener | undefined
  #receiver: BodyReceiver | undefined
  /** The body is passed on while the answer may be under way (`stream`). */
  #isStreamed = false
  /** Since its time began. */
  #streamedBytes = 0
  /** When the body has taken too long, on the monotonic clock. */
  #bodyDeadlineMs: number
  /** Bytes that were read of a body that nobody wants. */
  #readPast = 0
  /** What came while the client was not reading. */
  #held: GatheredBytes | undefined

  constructor(
    connection: NodeConnection,
    req: IncomingMessage,
    res: ServerResponse,
    expectsContinue: boolean,
  ) {
    this.#connection = connection
    this.#req = req
    this.#res = res
    this.#isHeldBack = expectsContinue
    this.#isHead = req.method === 'HEAD'
    this.#bodyDeadlineMs = monotonicNow() + connection.bodyTimeoutMs
    connection.add(this)
  }

  // ---- the body -----------------------------------------------------------------------------------------------

  get isEmpty(): boolean {
    return this.#req.headers['transfer-encoding'] === undefined && (this.declaredBytes ?? 0) === 0
  }

  get declaredBytes(): number | undefined {
    const length = this.#req.headers['content-length']
    return length === undefined ? undefined : Number(length)
  }

  /** The connection ends with this answer, and what the client has sent behind its request is not looked at. */
  makeLast(): void {
    this.#isLast = true
    this.#connection.isOver = true
  }

  /** Whether the whole request has come. Node says so a little late for one without a body. */
  get isReceived(): boolean {
    return this.#req.complete || this.isEmpty
  }

  collect(receiver: BodyReceiver): void {
    this.#receiver = receiver
    if (this.#isHeldBack) {
      this.#isHeldBack = false
      this.#res.writeContinue()
    }
    this.#req.on('data', (bytes: Buffer) => this.#onData(bytes))
    this.#req.on('end', () => this.#onEnd())
  }

  stream(receiver: BodyReceiver): void {
    this.#isStreamed = true
    this.collect(receiver)
  }

  pause(): void {
    this.#req.pause()
    this.#bodyDeadlineMs = Number.POSITIVE_INFINITY
  }

  resume(): void {
    if (!this.#req.isPaused()) return
    this.#req.resume()
    this.#restartTime()
  }

  #countStreamed(bytes: number): void {
    this.#streamedBytes += bytes
    if (this.#streamedBytes >= STREAM_STEP_BYTES) this.#restartTime()
  }

  #restartTime(): void {
    this.#streamedBytes = 0
    this.#bodyDeadlineMs = monotonicNow() + this.#connection.bodyTimeoutMs
  }

  /** Whether the body is still to come and has taken too long. */
  isLate(nowMs: number): boolean {
    return !this.isReceived && nowMs >= this.#bodyDeadlineMs
  }

  /** Where the body ends, and what comes behind it, nobody will know: the connection ends with this answer. */
  #answerEarly(): void {
    this.#isLast = true
    this.#connection.linger()
    if (this.#isStreamed) return
    if (this.#receiver === undefined) this.#req.on('data', (bytes: Buffer) => this.#onData(bytes))
    this.#receiver = undefined
  }

  #onData(bytes: Buffer): void {
    if (this.#isStreamed) this.#countStreamed(bytes.length)
    if (this.#receiver !== undefined) return this.#receiver.onBodyChunk(bytes)
    this.#readPast += bytes.length
    if (this.#readPast > MAX_LINGERING_BYTES) this.#req.pause()
  }

  #onEnd(): void {
    const receiver = this.#receiver
    this.#receiver = undefined
    receiver?.onBodyEnd()
  }

  // ---- the answer ---------------------------------------------------------------------------------------------

  listen(listener: SinkListener): void {
    this.#listener = listener
  }

  send(status: number, headers: string[], body: Buffer | string): void {
    if (this.state !== 'untouched') return
    const hasBody = !isBodyless(this.#isHead, status)
    if (hasBody) headers.push('content-length', String(Buffer.byteLength(body)))
    this.#writeHead(status, headers)
    this.#finish()
    this.#end(hasBody ? body : undefined)
    this.#noteEnd()
  }

  start(status: number, headers: string[], length: number | undefined, first: Buffer): boolean {
    if (this.state !== 'untouched') return false
    if (length !== undefined) headers.push('content-length', String(length))
    this.#writeHead(status, headers)
    this.state = 'head'
    this.#res.on('drain', () => this.#onDrain())
    if (first.length > 0) return this.#write(first)
    this.#res.flushHeaders()
    return true
  }

  write(bytes: Buffer): boolean {
    if (this.state !== 'head') return false
    if (bytes.length === 0) return true
    if (!this.#res.writableNeedDrain) return this.#write(bytes)
    // For every write Node keeps some three hundred bytes beside its own until the client has read it.
    this.#held ??= new GatheredBytes()
    this.#held.push(bytes)
    this.#note(bytes.length)
    return false
  }

  end(): void {
    if (this.state !== 'head') return
    this.#finish()
    this.#end(this.#held?.take())
    this.#noteEnd()
  }

  #onDrain(): void {
    if (this.#held !== undefined && this.#held.length > 0 && !this.#res.write(this.#held.take())) {
      this.#note(0)
      return
    }
    this.#connection.backlog?.note(this, 0, 0)
    this.#listener?.onDrain()
  }

  abort(): void {
    if (this.state === 'ended' || this.state === 'aborted') return
    this.#finish('aborted')
    this.onTaken()
    this.cut()
  }

  switchProtocols(headers: string[]): Socket | undefined {
    if (this.state !== 'untouched' || this.#req.httpVersion === '1.0' || !this.isReceived) return undefined
    const socket = this.#connection.handOver(this.#res)
    if (socket === undefined) return undefined
    this.state = 'ended'
    socket.write(`${formatHead(101, headers)}Connection: Upgrade\r\n\r\n`, 'latin1')
    return socket
  }

  /** Ends the connection, before or in the middle of this answer. */
  cut(): void {
    const { socket } = this.#res
    if (socket === null) {
      // Pipelined: the answers before it go out first.
      this.#res.once('socket', (own: Socket) => own.destroy())
      return
    }
    // Without chunks the end of the connection is the end of the body: only a reset tells that something is missing.
    if (this.#req.httpVersion === '1.0') socket.resetAndDestroy()
    else socket.destroy()
  }

  /** Calls back when this answer, and so each before it, has been handed to the system. */
  afterAnswer(callback: () => void): void {
    if (this.#res.writableFinished) callback()
    else this.#res.once('finish', callback)
  }

  onClose(): void {
    this.state = 'aborted'
    this.#receiver = undefined
    this.onTaken()
    this.#listener?.onClose()
  }

  /** Nothing waits for the client any more: it has everything, or has gone. */
  onTaken(): void {
    this.#connection.backlog?.note(this, 0, 0)
  }

  destroy(): void {
    this.#connection.destroy()
  }

  #write(bytes: Buffer): boolean {
    if (this.#res.write(bytes)) return true
    this.#note(bytes.length)
    return false
  }

  #note(handed: number): void {
    this.#connection.backlog?.note(this, handed, this.#res.writableLength + (this.#held?.length ?? 0))
  }

  /** A complete answer nobody writes to any more: what is left of it is the client's to take. */
  #noteEnd(): void {
    const pending = this.#res.writableLength
    if (pending === 0) return this.onTaken()
    this.#connection.backlog?.note(this, 0, pending)
    this.#connection.awaitTaking(this, this.#res)
  }

  #writeHead(status: number, headers: string[]): void {
    if (!this.isReceived) this.#answerEarly()
    // Node ends the connection behind it: not before those that came after it have been answered too.
    const isClosing = this.#connection.isClosing && this.#connection.open.at(-1) === this
    if (this.#isLast || isClosing) headers.push('connection', 'close')
    this.#res.writeHead(status, headers)
  }

  #finish(state: 'ended' | 'aborted' = 'ended'): void {
    this.state = state
    const { open } = this.#connection
    const at = open.indexOf(this)
    if (at !== -1) open.splice(at, 1)
  }

  #end(body: Buffer | string | undefined): void {
    // As text Node joins it to the head: one write of one piece instead of a gathered one of two.
    if (typeof body === 'object' && body.length <= JOINED_BYTES) this.#res.end(body.latin1Slice(), 'latin1')
    else this.#res.end(body)
  }
}

/** A socket that breaks closes; that says it all. */
function ignore(): void {
  return
}
