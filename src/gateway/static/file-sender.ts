import { close, constants, fstat, open, read, type Stats } from 'node:fs'
import mime from 'mime'
import { type Arrows, follow, isOpenedAt } from '../../base/lib/index.ts'
import { NO_REUSE, type RequestHead, type ResponseSink, type SinkListener } from '../http/index.ts'
import { judgeRequest, type Verdict } from './conditions.ts'
import type { StaticFile } from './file-table.ts'

export interface SendOptions {
  /** With another status than 200 the file is what is shown instead of a page: it has neither conditions nor ranges. */
  status: number
  /** Headers of the site's own, which win over the file's: flat pairs. */
  headers: readonly string[]
  /** The file is not there any more, or cannot be read: nothing has been sent, and the caller answers. */
  onMissing(error: Error): void
}

/** What is looked at of a request. */
type AskedHead = Pick<RequestHead, 'method' | 'headers'>

/** The answer's way to the client. */
type Sink = Omit<ResponseSink, 'state'>

/** Answers GET or HEAD with a file, in pieces as the client takes them. */
export function sendFile(file: StaticFile, head: AskedHead, sink: Sink, options: SendOptions): void {
  new FileSender(file, head, sink, options).open()
}

const CHUNK_BYTES = 64 * 1024

/**
 * One answer with a file.
 *
 *   opening ─ its first piece is read ───────────────────> reading
 *   opening ─ a large file, and the client is slow ──────> waiting
 *   opening ─ not there, or nothing of it is to be sent ─> closed
 *   reading ─ the client is slow ────────────────────────> waiting
 *   waiting ─ the client takes again ────────────────────> reading
 *   reading ─ all is sent, or the file is too short ─────> closed
 *   opening | reading ── the client left ────────────────> left
 *   waiting ─ the client left ───────────────────────────> closed
 *   left ──── what the system was at is done ────────────> closed
 *
 * The descriptor is closed in `closed`, and not while the system is reading from it. What is sent is exactly as long as the head said: a file that grows is cut
 * there, one that shrinks meanwhile ends the connection.
 * Tested: file-sender.test.ts; over sockets in test/compat/gateway/static.test.ts.
 */
export class FileSender implements SinkListener {
  readonly #file: StaticFile
  readonly #head: AskedHead
  readonly #sink: Sink
  readonly #options: SendOptions
  /** The open file. */
  #fd: number | undefined
  #at = 0
  #end = 0
  #state: SenderState = 'opening'

  constructor(file: StaticFile, head: AskedHead, sink: Sink, options: SendOptions) {
    this.#file = file
    this.#head = head
    this.#sink = sink
    this.#options = options
  }

  get state(): SenderState {
    return this.#state
  }

  open(): void {
    this.#sink.listen(this)
    // Links were followed when the table was made: what has become one since, or lies behind one, is not served.
    open(this.#file.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK, (error, fd) => {
      if (error !== null) return this.#miss(error)
      this.#fd = fd
      fstat(fd, (statError, stats) => {
        if (statError !== null) return this.#miss(statError)
        if (!stats.isFile() || !isOpenedAt(fd, this.#file.path))
          return this.#miss(new Error(`${this.#file.path} has become another file since the start`))
        this.#answer(stats)
      })
    })
  }

  onDrain(): void {
    if (this.#state === 'waiting') this.#read()
  }

  onClose(): void {
    if (this.#state === 'waiting') this.#close()
    else if (this.#state === 'opening' || this.#state === 'reading') this.#go('left')
  }

  #answer(stats: Stats): void {
    if (this.#state === 'left') return this.#close()
    const { method, headers } = this.#head
    const facts = {
      etag: `"${Math.trunc(stats.mtimeMs).toString(16)}-${stats.size.toString(16)}"`,
      modifiedMs: Math.floor(stats.mtimeMs / 1000) * 1000,
      size: stats.size,
    }
    const isInstead = this.#options.status !== 200
    const verdict: Verdict = isInstead ? { kind: 'whole' } : judgeRequest(headers, facts, method === 'GET')
    const own = isInstead
      ? []
      : [
          'etag',
          facts.etag,
          'last-modified',
          new Date(facts.modifiedMs).toUTCString(),
          'accept-ranges',
          'bytes',
        ]
    const keep = this.#file.isImmutable === true && !isInstead ? FOREVER : NO_REUSE
    const given = this.#options.headers
    const common = overrideHeaders(['cache-control', keep, ...own], given)
    const typed = overrideHeaders(
      ['cache-control', keep, ...own, 'content-type', typeOf(this.#file.path)],
      given,
    )
    switch (verdict.kind) {
      case 'not-modified':
        return this.#sendEmpty(304, common)
      case 'precondition-failed':
        return this.#sendEmpty(412, common)
      case 'unsatisfiable':
        return this.#sendEmpty(416, [...common, 'content-range', `bytes */${stats.size}`])
      case 'part': {
        const { start, length } = verdict
        const range = `bytes ${start}-${start + length - 1}/${stats.size}`
        return this.#sendBytes(206, [...typed, 'content-range', range], start, length)
      }
      case 'whole':
        if (method === 'HEAD')
          return this.#sendEmpty(this.#options.status, [...typed, 'content-length', String(stats.size)])
        return this.#sendBytes(this.#options.status, typed, 0, stats.size)
    }
  }

  #sendEmpty(status: number, headers: string[]): void {
    this.#close()
    this.#sink.send(status, headers, '')
  }

  #sendBytes(status: number, headers: string[], start: number, length: number): void {
    this.#at = start
    this.#end = start + length
    if (length > CHUNK_BYTES) {
      return this.#goOn(this.#sink.start(status, headers, length, Buffer.alloc(0)))
    }
    this.#go('reading')
    this.#readInto(Buffer.allocUnsafe(length), 0, (bytes) => {
      this.#close()
      this.#sink.send(status, headers, bytes)
    })
  }

  #goOn(isTaken: boolean): void {
    if (this.#state === 'left') this.#close()
    else if (isTaken) this.#read()
    else this.#go('waiting')
  }

  #read(): void {
    if (this.#state !== 'reading') this.#go('reading')
    const length = Math.min(CHUNK_BYTES, this.#end - this.#at)
    this.#readInto(Buffer.allocUnsafe(length), 0, (bytes) => {
      this.#at += length
      const isTaken = this.#sink.write(bytes)
      if (this.#at < this.#end) return this.#goOn(isTaken)
      this.#sink.end()
      this.#close()
    })
  }

  /** Fills `buffer` from `#at` on. A file that ends before it is full has shrunk. */
  #readInto(buffer: Buffer, filled: number, done: (bytes: Buffer) => void): void {
    if (filled === buffer.length) return done(buffer)
    read(this.#fd!, buffer, filled, buffer.length - filled, this.#at + filled, (error, count) => {
      if (this.#state === 'left') return this.#close()
      if (error === null && count > 0) return this.#readInto(buffer, filled + count, done)
      this.#close()
      this.#sink.abort()
    })
  }

  #miss(error: Error): void {
    const isWanted = this.#state !== 'left'
    this.#close()
    if (isWanted) this.#options.onMissing(error)
  }

  #close(): void {
    this.#go('closed')
    if (this.#fd === undefined) return
    close(this.#fd, () => undefined) // nothing was written: a descriptor that does not close is the system's to report
    this.#fd = undefined
  }

  #go(state: SenderState): void {
    this.#state = follow<SenderState>(SENDER_ARROWS, this.#state, state)
  }
}

export type SenderState = keyof typeof SENDER_ARROWS

export const SENDER_ARROWS = {
  opening: ['reading', 'waiting', 'closed', 'left'],
  reading: ['waiting', 'closed', 'left'],
  waiting: ['reading', 'closed'],
  left: ['closed'],
  closed: [],
} as const satisfies Arrows<'opening' | 'reading' | 'waiting' | 'left' | 'closed'>

/** By the name's extension; text in UTF-8, what is unknown as bytes. */
/** @returns `given`, and what it does not replace of `own`. */
function overrideHeaders(own: readonly string[], given: readonly string[]): string[] {
  if (given.length === 0) return [...own]
  const replaced = new Set(given.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase()))
  const kept = own.filter((_, at) => !replaced.has(own[at - (at % 2)]!))
  return [...kept, ...given]
}

function typeOf(path: string): string {
  const type = mime.getType(path) ?? 'application/octet-stream'
  return TEXT.test(type) ? `${type}; charset=utf-8` : type
}

/** What Netlify's Next.js plugin sets for `/_next/static/*`. */
const FOREVER = 'public, max-age=31536000, immutable'
const TEXT = /^text\/|[/+](?:javascript|json|xml)$/
