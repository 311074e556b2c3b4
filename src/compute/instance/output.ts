import type { Readable } from 'node:stream'
import { type LogLevel, type LogLine, parseLogLine } from '../protocol/index.ts'

export interface OutputOptions {
  /** Level of lines that user code wrote straight to the descriptor. */
  rawLevel: LogLevel
  /** A longer line is cut; an entry of several lines likewise. */
  maxLineBytes: number
  /**
   * What comes faster is dropped and counted; a line counts as `LINE_COST` bytes at least. Of what comes `FLOOD_FACTOR`
   * times as fast the source has to wait.
   */
  maxBytesPerSecond: number
  onEntry(id: number | undefined, level: LogLevel, text: string): void
  /** Once a second at most, while lines are being dropped. */
  onDropped(lines: number): void
}

const NEWLINE = 0x0a
const CUT = ' … (cut)'
/** What the shortest line costs the host, in bytes of a long one: an entry of its log, with all that it says beside the text. */
const LINE_COST = 500
/** Looked at before others have their turn: a line takes ten to twenty microseconds, mostly in the host's log. */
const LINES_PER_TURN = 100
/** How many times its rate an output is read. More would cost time, though it is only counted. */
const FLOOD_FACTOR = 8
const WINDOW_MS = 1000
/** Between two reads of what a flooding process has left behind: there is little of it, and its end is waited for. */
const LAST_PAUSE_MS = 10

/**
 * Cuts one output of an instance into log entries. User code may write anything at any rate: memory is bounded by
 * `maxLineBytes`, time by what is done in a second:
 *
 *   read line by line, some in each turn ── over the rate ──> dropped, its lines counted ── far over it ──> not read: the writer blocks
 *          ^────────────────────────── the next second ────────────────────┴────────────────────────────────────────┘
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
  /** Read in this second, and what the lines looked at have cost. */
  #windowBytes = 0
  #windowCost = 0
  #dropped = 0
  /** Read, and left for the next turn. */
  #later: Buffer | undefined
  #nextTurn: NodeJS.Immediate | undefined
  #resume: NodeJS.Timeout | undefined
  #isLast = false

  constructor(stream: Readable, options: OutputOptions) {
    this.#stream = stream
    this.#options = options
    stream.on('data', (chunk: Buffer) => this.#onData(chunk))
    stream.on('error', ignore)
  }

  /** Whether what was written to it is waiting to be read because there was too much before. */
  get isHeldUp(): boolean {
    return this.#resume !== undefined || this.#later !== undefined
  }

  /** The process has ended: what it has left behind says why, perhaps. It is read now, as if nothing had come before. */
  readLast(): void {
    this.#isLast = true
    this.#goOn()
  }

  /** Takes what is left as the last line. After it nothing is reported any more. */
  close(): void {
    clearImmediate(this.#nextTurn)
    if (this.#later !== undefined) this.#take(this.#later, Number.POSITIVE_INFINITY)
    clearTimeout(this.#resume)
    this.#stream.removeAllListeners('data')
    this.#stream.destroy()
    if (this.#restBytes > 0) this.#endLine()
    this.#endEntry()
    this.#reportDropped()
  }

  #onData(chunk: Buffer): void {
    const now = performance.now()
    if (now - this.#windowStartMs >= WINDOW_MS) this.#startWindow(now)
    this.#windowBytes += chunk.length
    this.#take(chunk, LINES_PER_TURN)
  }

  #take(bytes: Buffer, maxLines: number): void {
    const { maxBytesPerSecond } = this.#options
    let from = 0
    for (let lines = 0; from < bytes.length && this.#windowCost < maxBytesPerSecond; lines++) {
      if (lines === maxLines) return this.#takeLater(bytes.subarray(from))
      const end = bytes.indexOf(NEWLINE, from)
      const to = end === -1 ? bytes.length : end
      this.#windowCost += Math.max(to - from, LINE_COST)
      this.#keep(bytes.subarray(from, to))
      if (end !== -1) this.#endLine()
      from = to + 1
    }
    if (from < bytes.length) this.#drop(bytes.subarray(from))
    if (this.#windowBytes >= maxBytesPerSecond * FLOOD_FACTOR) this.#pause()
  }

  #takeLater(bytes: Buffer): void {
    this.#later = bytes
    this.#stream.pause()
    this.#nextTurn = setImmediate(() => {
      this.#later = undefined
      this.#take(bytes, LINES_PER_TURN)
      if (!this.isHeldUp) this.#stream.resume()
    })
  }

  #startWindow(now: number): void {
    this.#windowStartMs = now
    this.#windowBytes = 0
    this.#windowCost = 0
    this.#reportDropped()
  }

  #pause(): void {
    const nextWindowMs = this.#windowStartMs + WINDOW_MS - performance.now()
    this.#stream.pause()
    clearTimeout(this.#resume)
    this.#resume = setTimeout(() => this.#goOn(), this.#isLast ? LAST_PAUSE_MS : nextWindowMs)
    this.#resume.unref()
  }

  #goOn(): void {
    clearTimeout(this.#resume)
    this.#resume = undefined
    this.#startWindow(performance.now())
    if (!this.isHeldUp) this.#stream.resume()
  }

  #drop(part: Buffer): void {
    this.#dropped += countLines(part)
    // The line that was under way when the flood began, and the one it ends in, are parts: neither is kept.
    this.#rest = []
    this.#restBytes = 0
    this.#isCut = part[part.length - 1] !== NEWLINE
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

/** One look at each byte: searching for the next one would be a call for each line. */
function countLines(bytes: Buffer): number {
  let lines = 0
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === NEWLINE) lines++
  return lines
}

/** A pipe that breaks has ended; the process's exit event says the rest. */
function ignore(): void {
  return
}
