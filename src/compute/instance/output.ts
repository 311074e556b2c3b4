import type { Readable } from 'node:stream'
import { type LogLevel, type LogLine, parseLogLine } from '../protocol/index.ts'

export interface OutputOptions {
  /** Level of lines that user code wrote straight to the descriptor. */
  rawLevel: LogLevel
  /** A longer line is cut; an entry of several lines likewise. */
  maxLineBytes: number
  /** What comes faster is dropped and counted. */
  maxBytesPerSecond: number
  onEntry(id: number | undefined, level: LogLevel, text: string): void
  /** Once a second at most, while lines are being dropped. */
  onDropped(lines: number): void
}

const NEWLINE = 0x0a
const CUT = ' … (cut)'
/** Between two reads of an output that is over its rate: the child blocks meanwhile, and the host has its turn. */
const FLOOD_PAUSE_MS = 10

/**
 * Cuts one output of an instance into log entries. User code may write anything at any rate: memory is bounded by
 * `maxLineBytes`, time by reading a flooding output one chunk per pause and dropping what is over the rate.
 */
export class OutputReader {
  readonly #stream: Readable
  readonly #options: OutputOptions
  /** The line begun and not ended, as far as it is kept. */
  #rest: Buffer[] = []
  #restBytes = 0
  #isCut = false
  /** An entry whose last line has not come yet. */
  #entry: { id: number | undefined; level: LogLevel; lines: string[]; bytes: number } | undefined
  #windowStartMs = 0
  #windowBytes = 0
  #dropped = 0
  #resume: NodeJS.Timeout | undefined

  constructor(stream: Readable, options: OutputOptions) {
    this.#stream = stream
    this.#options = options
    stream.on('data', (chunk: Buffer) => this.#onData(chunk))
    stream.on('error', ignore)
  }

  /** Takes what is left as the last line. After it nothing is reported any more. */
  close(): void {
    clearTimeout(this.#resume)
    this.#stream.removeAllListeners('data')
    this.#stream.destroy()
    if (this.#restBytes > 0) this.#endLine()
    this.#endEntry()
    this.#reportDropped()
  }

  #onData(chunk: Buffer): void {
    const now = performance.now()
    if (now - this.#windowStartMs >= 1000) {
      this.#windowStartMs = now
      this.#windowBytes = 0
      this.#reportDropped()
    }
    this.#windowBytes += chunk.length
    if (this.#windowBytes > this.#options.maxBytesPerSecond) return this.#drop(chunk)
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, at))
      this.#endLine()
      from = at + 1
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from))
  }

  #drop(chunk: Buffer): void {
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) this.#dropped++
    // The line that was under way when the flood began, and the one it ends in, are parts: neither is kept.
    this.#rest = []
    this.#restBytes = 0
    this.#isCut = chunk[chunk.length - 1] !== NEWLINE
    this.#stream.pause()
    this.#resume = setTimeout(() => this.#stream.resume(), FLOOD_PAUSE_MS)
    this.#resume.unref()
  }

  #keep(part: Buffer): void {
    const room = this.#options.maxLineBytes - this.#restBytes
    if (part.length > room) this.#isCut = true
    if (room <= 0) return
    const kept = part.length > room ? part.subarray(0, room) : part
    this.#rest.push(kept)
    this.#restBytes += kept.length
  }

  #endLine(): void {
    const bytes = this.#rest.length === 1 ? this.#rest[0]! : Buffer.concat(this.#rest)
    const text = bytes.toString('utf8') + (this.#isCut ? CUT : '')
    this.#rest = []
    this.#restBytes = 0
    this.#isCut = false
    this.#addLine(parseLogLine(text))
  }

  #addLine(line: LogLine): void {
    const level = line.level ?? this.#options.rawLevel
    if (this.#entry !== undefined && (this.#entry.id !== line.id || line.id === undefined)) this.#endEntry()
    if (!line.isContinued && this.#entry === undefined)
      return this.#options.onEntry(line.id, level, line.text)
    this.#entry ??= { id: line.id, level, lines: [], bytes: 0 }
    this.#entry.bytes += line.text.length + 1 // the line break: lines without text are not without bound either
    if (this.#entry.bytes <= this.#options.maxLineBytes) this.#entry.lines.push(line.text)
    if (!line.isContinued) this.#endEntry()
  }

  #endEntry(): void {
    const entry = this.#entry
    if (entry === undefined) return
    this.#entry = undefined
    const cut = entry.bytes > this.#options.maxLineBytes ? CUT : ''
    this.#options.onEntry(entry.id, entry.level, entry.lines.join('\n') + cut)
  }

  #reportDropped(): void {
    if (this.#dropped === 0) return
    this.#options.onDropped(this.#dropped)
    this.#dropped = 0
  }
}

/** A pipe that breaks has ended; the process's exit event says the rest. */
function ignore(): void {
  return
}
