import type { Readable } from 'node:stream'
import { type LogLevel, type LogLine, parseLogLine } from '../protocol/index.ts'

export interface OutputOptions {
  /** Level of lines that user code wrote straight to the descriptor. */
  rawLevel: LogLevel
  /** A longer line is cut; an entry of several lines likewise. */
  maxLineBytes: number
  /** What comes faster is dropped and counted, and has to wait. A line counts as `LINE_COST` bytes at least. */
  maxBytesPerSecond: number
  onEntry(id: number | undefined, level: LogLevel, text: string): void
  /** Once a second at most, while lines are being dropped. */
  onDropped(lines: number): void
}

const NEWLINE = 0x0a
const CUT = ' … (cut)'
/** The cost of a line beside its text, in bytes: its entry in the host's log has a time, names and an ID. */
const LINE_COST = 500
/** Looked at before others have their turn: a line takes ten to twenty microseconds, mostly in the host's log. */
const LINES_PER_TURN = 100
/** Between two reads of an output that is over its rate: the child blocks meanwhile, and many small writes become one. */
const FLOOD_PAUSE_MS = 25
const WINDOW_MS = 1000
/** Of what was dropped, said after all if the process ends then: why it ended is in its last lines. */
const LAST_LINES = 50
const LAST_BYTES = 4096

/**
 * Cuts one output of an instance into log entries. User code may write anything at any rate: memory is bounded by
 * `maxLineBytes`, time by what is done in a second:
 *
 *   read line by line, some in each turn ── over the rate ──> counted and dropped, one read in each pause
 *          ^────────────────────────── the next second ────────────────────┘
 *
 * Tested: output.test.ts; over pipes in test/heavy/logs.test.ts.
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
  /** What the lines of this second have cost. */
  #windowCost = 0
  #dropped = 0
  /** The end of what was dropped in this second. */
  #lastDropped: Buffer | undefined
  /** Read, and left for the next turn. */
  #later: Buffer | undefined
  #nextTurn: NodeJS.Immediate | undefined
  #resume: NodeJS.Timeout | undefined

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

  /**
   * Counts lines of the function that get into the log by another way than this output.
   * @returns whether they may: over the rate they count as dropped.
   */
  admit(lines: number, bytes: number): boolean {
    const now = performance.now()
    if (now - this.#windowStartMs >= WINDOW_MS) this.#startWindow(now)
    const isWithin = this.#windowCost < this.#options.maxBytesPerSecond
    if (isWithin) this.#windowCost += Math.max(bytes, lines * LINE_COST)
    else this.#dropped += lines
    return isWithin
  }

  /** The process has ended: its last lines count, whatever came before, and what it has left behind is read at once. */
  readLast(): void {
    const last = findLastLines(this.#lastDropped ?? Buffer.alloc(0))
    this.#dropped -= countLines(last)
    this.#startWindow(performance.now())
    if (last.length > 0) {
      this.#windowCost = -LAST_LINES * LINE_COST - LAST_BYTES // not of what the second may cost
      this.#isCut = false
      this.#take(last, LAST_LINES + 1)
    }
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
    this.#windowCost = 0
    this.#lastDropped = undefined
    this.#reportDropped()
  }

  #goOn(): void {
    clearTimeout(this.#resume)
    this.#resume = undefined
    if (!this.isHeldUp) this.#stream.resume()
  }

  #drop(part: Buffer): void {
    this.#dropped += countLines(part)
    this.#lastDropped = Buffer.concat([this.#lastDropped ?? part.subarray(0, 0), part.subarray(-LAST_BYTES)])
    this.#lastDropped = this.#lastDropped.subarray(-LAST_BYTES)
    // The line that was under way when the flood began, and the one it ends in, are parts: neither is kept.
    this.#rest = []
    this.#restBytes = 0
    this.#isCut = part[part.length - 1] !== NEWLINE
    this.#stream.pause()
    clearTimeout(this.#resume)
    this.#resume = setTimeout(() => this.#goOn(), FLOOD_PAUSE_MS)
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

/** One look at each byte: searching for the next one would be a call for each line. */
function countLines(bytes: Buffer): number {
  let lines = 0
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === NEWLINE) lines++
  return lines
}

function findLastLines(bytes: Buffer): Buffer {
  let from = bytes.length
  for (let lines = 0; lines < LAST_LINES && from > 1; lines++) from = bytes.lastIndexOf(NEWLINE, from - 2) + 1
  return bytes.subarray(from)
}

/** A pipe that breaks has ended; the process's exit event says the rest. */
function ignore(): void {
  return
}
