import type { Readable } from 'node:stream'
import { type Arrows, follow } from '../../base/lib/index.ts'
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
/** The last dropped lines are logged after all if the process ends then: they say why it ended. */
const LAST_LINES = 50
const LAST_BYTES = 4096

/**
 * Cuts one output of an instance into log entries. User code may write anything at any rate: memory is bounded by
 * `maxLineBytes`, time by what is done in a second.
 *
 *   reading ── more lines than a turn may have ────────> behind
 *   behind ─── all of them are read ───────────────────> reading
 *   reading | behind ── over the rate ─────────────────> flooded
 *   flooded ── FLOOD_PAUSE_MS, or the process ended ───> reading
 *   reading | behind | flooded ── close ───────────────> closed
 *
 * The stream stands still in `behind` and `flooded`. What is over the rate is counted and dropped: of an output that
 * stays so one piece is read in each pause, until the next second.
 *
 * Tested: output.test.ts; over pipes in test/heavy/logs.test.ts.
 */
export class OutputReader {
  readonly #stream: Readable
  readonly #options: OutputOptions
  #state: OutputState = 'reading'
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
  /** Read, and left for the next turn, or until the pause is over. */
  #later: Buffer | undefined
  #nextTurn: NodeJS.Immediate | undefined
  #resume: NodeJS.Timeout | undefined

  constructor(stream: Readable, options: OutputOptions) {
    this.#stream = stream
    this.#options = options
    stream.on('data', (chunk: Buffer) => this.#onData(chunk))
    stream.on('error', ignore)
  }

  get state(): OutputState {
    return this.#state
  }

  /** Whether what was written to it is waiting to be read because there was too much before. */
  get isHeldUp(): boolean {
    return this.#state === 'behind' || this.#state === 'flooded'
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
    if (this.#state === 'flooded') this.#goOn()
  }

  /** Takes what is left as the last line. After it nothing is reported any more. Idempotent. */
  close(): void {
    if (this.#state === 'closed') return
    clearImmediate(this.#nextTurn)
    if (this.#later !== undefined) this.#take(this.#later, Number.POSITIVE_INFINITY)
    clearTimeout(this.#resume)
    this.#go('closed')
    this.#stream.removeAllListeners('data')
    this.#stream.destroy()
    if (this.#restBytes > 0) this.#endLine()
    this.#endEntry()
    this.#reportDropped()
  }

  #onData(chunk: Buffer): void {
    if (this.#state !== 'reading') return this.#keepForLater(chunk)
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
    this.#hold('behind')
    this.#nextTurn = setImmediate(() => {
      const later = this.#later!
      this.#later = undefined
      this.#take(later, LINES_PER_TURN)
      if (this.#later === undefined && this.#state === 'behind') this.#goOn()
    })
  }

  #startWindow(now: number): void {
    this.#windowStartMs = now
    this.#windowCost = 0
    this.#lastDropped = undefined
    this.#reportDropped()
  }

  #hold(state: 'behind' | 'flooded'): void {
    if (this.#state !== state) this.#go(state)
    this.#stream.pause()
  }

  /** Node resumes the outputs of a process that has exited, whoever has paused them. */
  #keepForLater(chunk: Buffer): void {
    this.#later = this.#later === undefined ? chunk : Buffer.concat([this.#later, chunk])
    this.#stream.pause()
  }

  #goOn(): void {
    clearTimeout(this.#resume)
    this.#go('reading')
    const later = this.#later
    this.#later = undefined
    if (later !== undefined) this.#onData(later)
    if (this.#state === 'reading') this.#stream.resume()
  }

  #go(state: OutputState): void {
    this.#state = follow<OutputState>(OUTPUT_ARROWS, this.#state, state)
  }

  #drop(part: Buffer): void {
    this.#dropped += countLines(part)
    this.#lastDropped = Buffer.concat([this.#lastDropped ?? part.subarray(0, 0), part.subarray(-LAST_BYTES)])
    this.#lastDropped = this.#lastDropped.subarray(-LAST_BYTES)
    // The line that was under way when the flood began, and the one it ends in, are parts: neither is kept.
    this.#rest = []
    this.#restBytes = 0
    this.#isCut = part[part.length - 1] !== NEWLINE
    this.#hold('flooded')
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

export type OutputState = keyof typeof OUTPUT_ARROWS

export const OUTPUT_ARROWS = {
  reading: ['behind', 'flooded', 'closed'],
  behind: ['reading', 'flooded', 'closed'],
  flooded: ['reading', 'closed'],
  closed: [],
} as const satisfies Arrows<'reading' | 'behind' | 'flooded' | 'closed'>

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
