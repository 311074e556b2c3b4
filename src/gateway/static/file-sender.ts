import { type Arrows, follow } from '../../base/lib/index.ts'
import { forbidsTransform, readAcceptance } from '../encoding/index.ts'
import { findHeader, type RequestHead, type ResponseSink, type SinkListener } from '../http/index.ts'
import { judgeRequest } from './conditions.ts'
import { formatFileHead, GivenHeaders } from './file-head.ts'
import type { StaticFile } from './file-table.ts'
import { typeOf } from './file-type.ts'
import { closeFile, type OpenFile, openFile, readFully } from './open-file.ts'
import { chooseRepresentation, type Representation, type RepresentationSources } from './representation.ts'

export interface SendOptions {
  /** Only a 200 has conditions, parts and validators. Another one is a rule's, or the page for what is not found. */
  status: number
  /**
   * Headers beside those of the file itself; they win over its `cache-control` and `content-type`, and `vary` is added to.
   * What says of the bytes (`etag`, `content-encoding` …) is the file's own.
   */
  headers: readonly string[]
  /** The file is not there any more, or cannot be read: nothing has been sent, and the caller answers. */
  onMissing(error: Error): void
}

/** What is looked at of a request. */
export type AskedHead = Pick<RequestHead, 'method' | 'headers'>

/** The answer's way to the client. */
export type FileSink = Omit<ResponseSink, 'state'>

const CHUNK_BYTES = 64 * 1024

/**
 * Answers GET or HEAD with a file, in pieces as the client takes them.
 *
 *   opening ─ its first piece is read, and there are more ──────> reading
 *   opening ─ not there, or all of it is sent in one piece ─────> closed
 *   reading ─ the client is slow ───────────────────────────────> waiting
 *   waiting ─ the client takes again ───────────────────────────> reading
 *   reading ─ all is sent, or the file is too short ────────────> closed
 *   opening | reading | waiting ── the client left ─────────────> left
 *   left ──── what the system was at is done ───────────────────> closed
 *
 * - Nothing is sent before the first piece has been read: until then a file that cannot be read is a missing one.
 * - What is sent is exactly as long as the head said: a file that grows is cut there, one that shrinks meanwhile ends the
 *   connection.
 * - Two pieces of 64 KB are in memory: one that the client is taking, and the next.
 * - Descriptors are closed on every way out, and never while a read is on its way.
 *
 * Tested: file-sender.test.ts; over sockets in test/compat/gateway/static.test.ts and test/compat/edge/static.test.ts.
 */
export class FileSender implements SinkListener {
  readonly #file: StaticFile
  readonly #head: AskedHead
  readonly #sink: FileSink
  readonly #options: SendOptions
  readonly #sources: RepresentationSources
  #state: SenderState = 'opening'
  /** Ends the wait for the client. */
  #wake: (() => void) | undefined

  constructor(
    file: StaticFile,
    head: AskedHead,
    sink: FileSink,
    options: SendOptions,
    sources: RepresentationSources,
  ) {
    this.#file = file
    this.#head = head
    this.#sink = sink
    this.#options = options
    this.#sources = sources
  }

  get state(): SenderState {
    return this.#state
  }

  async send(): Promise<void> {
    this.#sink.listen(this)
    const opened: OpenFile[] = []
    try {
      await this.#answer(opened)
    } catch (error) {
      if (this.#state === 'reading') this.#sink.abort()
      else if (this.#state === 'opening') this.#options.onMissing(error as Error)
    } finally {
      for (const file of opened) closeFile(file)
      this.#go('closed')
    }
  }

  onDrain(): void {
    if (this.#state !== 'waiting') return
    this.#go('reading')
    this.#wake?.()
  }

  onClose(): void {
    if (this.#state === 'left' || this.#state === 'closed') return
    this.#go('left')
    this.#wake?.()
  }

  get #hasLeft(): boolean {
    return this.#state === 'left'
  }

  /** @param opened what is closed in the end. */
  async #answer(opened: OpenFile[]): Promise<void> {
    const original = await openFile(this.#file.path)
    opened.push(original)
    const given = new GivenHeaders(this.#options.headers)
    const type = given.contentType ?? typeOf(this.#file.path)
    const representation = await this.#choose(original, type, given)
    if (representation.file !== original) opened.push(representation.file)
    if (!this.#hasLeft) await this.#sendRepresentation(original, type, given, representation)
  }

  #choose(original: OpenFile, type: string, given: GivenHeaders): Promise<Representation> {
    const { headers, method } = this.#head
    // Parts are of the file as it is (file-head.ts).
    const isPart = method === 'GET' && this.#isPlain && findHeader(headers, 'range') !== undefined
    const wish = {
      acceptance: isPart ? undefined : readAcceptance(headers),
      type,
      isFixed: given.cacheControl !== undefined && forbidsTransform(given.cacheControl),
    }
    return chooseRepresentation(this.#file, original, wish, this.#sources)
  }

  get #isPlain(): boolean {
    return this.#options.status === 200
  }

  async #sendRepresentation(
    { modifiedMs }: OpenFile,
    type: string,
    given: GivenHeaders,
    representation: Representation,
  ): Promise<void> {
    const { method, headers } = this.#head
    const { file, tag, otherTags, coding } = representation
    const { status } = this.#options
    const verdict = this.#isPlain
      ? judgeRequest(headers, { etag: tag, otherTags, modifiedMs, size: file.size }, method === 'GET')
      : ({ kind: 'whole' } as const)
    const facts = {
      representation,
      modifiedMs,
      isImmutable: this.#file.isImmutable === true,
      hasValidators: this.#isPlain,
    }
    const known = verdict.kind === 'not-modified' ? verdict.etag : tag
    const common = formatFileHead(given, facts, known)
    const typed = [...common, 'content-type', type]
    switch (verdict.kind) {
      case 'not-modified':
        return this.#sink.send(304, common, '')
      case 'precondition-failed':
        return this.#sink.send(412, common, '')
      case 'unsatisfiable':
        return this.#sink.send(416, [...common, 'content-range', `bytes */${file.size}`], '')
      case 'part': {
        const { start, length } = verdict
        typed.push('content-range', `bytes ${start}-${start + length - 1}/${file.size}`)
        return this.#sendBytes(206, typed, file, start, length)
      }
      case 'whole':
        if (coding !== undefined) typed.push('content-encoding', coding)
        if (method === 'HEAD')
          return this.#sink.send(status, [...typed, 'content-length', String(file.size)], '')
        return this.#sendBytes(status, typed, file, 0, file.size)
    }
  }

  async #sendBytes(
    status: number,
    headers: string[],
    file: OpenFile,
    start: number,
    length: number,
  ): Promise<void> {
    const first = await readFully(file, start, Math.min(CHUNK_BYTES, length))
    if (this.#hasLeft) return
    if (first.length === length) return this.#sink.send(status, headers, first)
    this.#go('reading')
    let isTaken = this.#sink.start(status, headers, length, first)
    const end = start + length
    for (let at = start + first.length; at < end; at += CHUNK_BYTES) {
      const reading = readFully(file, at, Math.min(CHUNK_BYTES, end - at))
      reading.catch(() => undefined) // it is heard below, perhaps after the client
      if (!isTaken) await this.#awaitClient()
      const bytes = await reading
      if (this.#hasLeft) return
      isTaken = this.#sink.write(bytes)
    }
    this.#sink.end()
  }

  /** Until it takes more, or has left. */
  #awaitClient(): Promise<void> {
    if (this.#hasLeft) return Promise.resolve()
    this.#go('waiting')
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #go(state: SenderState): void {
    this.#state = follow<SenderState>(SENDER_ARROWS, this.#state, state)
  }
}

export type SenderState = keyof typeof SENDER_ARROWS

export const SENDER_ARROWS = {
  opening: ['reading', 'closed', 'left'],
  reading: ['waiting', 'closed', 'left'],
  waiting: ['reading', 'left'],
  left: ['closed'],
  closed: [],
} as const satisfies Arrows<'opening' | 'reading' | 'waiting' | 'left' | 'closed'>
