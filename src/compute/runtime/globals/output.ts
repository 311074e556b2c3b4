import { Buffer } from 'node:buffer'
import { writeSync } from 'node:fs'
import { Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { formatLogEntry, type LogLevel } from '../../protocol/index.ts'

/** A line without end is written after so many characters. */
const MAX_PARTIAL_CHARS = 64 * 1024
/** Netlify's own bootstrap and plugins log for the platform with this mark: not meant for people (runtime.md §13.5). */
const SYSTEM_LOG_MARK = '__nfSystemLog'

/** Who is logging: the number to put in front of a line. */
export type CurrentId = () => number

/** How the running console call wants its output to be recorded; undefined while user code writes by itself. */
let consoleLevel: LogLevel | undefined

/** Runs a console method: what it writes is one entry of the given level. */
export function writeAs(level: LogLevel, write: () => void): void {
  const outer = consoleLevel
  consoleLevel = level
  try {
    write()
  } finally {
    consoleLevel = outer
  }
}

/**
 * `process.stdout` or `process.stderr` as user code sees it: everything is written at once, in lines that carry the
 * number of their invocation (src/compute/protocol/log-lines.ts). Text without a line end waits for the rest.
 */
export class OutputStream extends Writable {
  readonly fd: number
  readonly isTTY = false
  readonly #level: LogLevel
  readonly #currentId: CurrentId
  /** Bytes can be written in pieces that end within a character. */
  readonly #decoder = new StringDecoder('utf8')
  /** Begun lines, per invocation. */
  readonly #partial = new Map<number, string>()

  constructor(fd: 1 | 2, currentId: CurrentId) {
    super({ decodeStrings: false })
    this.fd = fd
    this.#level = fd === 1 ? 'info' : 'error'
    this.#currentId = currentId
  }

  override _write(chunk: string | Buffer, encoding: BufferEncoding, done: () => void): void {
    const text = this.#toText(chunk, encoding)
    const id = this.#currentId()
    if (consoleLevel === undefined) this.#writeLines(id, text)
    else this.#writeEntry(id, consoleLevel, text.endsWith('\n') ? text.slice(0, -1) : text)
    done()
  }

  /** As for Node's own: the descriptor stays open. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    done(error)
  }

  /** Writes the begun line of an invocation that is over, or all of them before the process ends. */
  flushPartial(id?: number): void {
    for (const [owner, text] of [...this.#partial]) {
      if (id !== undefined && owner !== id) continue
      this.#partial.delete(owner)
      this.#writeEntry(owner, this.#level, text)
    }
  }

  #toText(chunk: string | Buffer, encoding: BufferEncoding): string {
    if (typeof chunk !== 'string') return this.#decoder.write(chunk)
    return BINARY_ENCODINGS.has(encoding) ? Buffer.from(chunk, encoding).toString('utf8') : chunk
  }

  #writeLines(id: number, text: string): void {
    const lines = ((this.#partial.get(id) ?? '') + text).split('\n')
    const rest = lines.pop()!
    for (const line of lines) this.#writeEntry(id, this.#level, line)
    if (rest.length > MAX_PARTIAL_CHARS) this.#writeEntry(id, this.#level, rest)
    else if (rest !== '') {
      this.#partial.set(id, rest)
      return
    }
    this.#partial.delete(id)
  }

  #writeEntry(id: number, level: LogLevel, text: string): void {
    if (!text.startsWith(SYSTEM_LOG_MARK)) writeFully(this.fd, formatLogEntry(id, level, text))
  }
}

/** Text in one of these stands for other bytes than its own characters. */
const BINARY_ENCODINGS: ReadonlySet<string> = new Set(['hex', 'base64', 'base64url'])

const cell = new Int32Array(new SharedArrayBuffer(4))

/**
 * The host slows a flood by not reading: then this blocks. A descriptor that was made non-blocking (a child process
 * of the function shares it) says EAGAIN instead.
 */
function writeFully(fd: number, text: string): void {
  const bytes = Buffer.from(text)
  let at = 0
  while (at < bytes.length) {
    try {
      at += writeSync(fd, bytes, at)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return // nobody reads any more
      Atomics.wait(cell, 0, 0, 2)
    }
  }
}
