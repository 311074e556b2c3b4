import type { Writable } from 'node:stream'

/** How much waits for a reader that is slow or has stopped. What comes then is lost. */
const MAX_WAITING_BYTES = 1024 * 1024
/** Between two attempts at a stream that fails: each costs a call of the system. */
const RETRY_MS = 1000

/**
 * Where a server says things: a pipe, a file or a terminal of somebody who may stop reading, die, or have no room left. It
 * never fails and never waits. Lines are lost while MAX_WAITING_BYTES of others wait for the reader, and for RETRY_MS after
 * a write that failed; they are counted, and the count is said when writing works again.
 *
 * Tested: test/heavy/dead-reader.test.ts.
 */
export class Outlet {
  readonly #stream: Writable
  readonly #describeLoss: (lines: number) => string
  #lost = 0
  /** Lost lines that nobody has been told of. */
  #untold = 0
  #isTelling = false
  /** Since a write failed, until one that says what was lost does not. */
  #retryAtMs: number | undefined

  /** @param describeLoss a whole line, with its end. */
  constructor(stream: Writable, describeLoss: (lines: number) => string) {
    this.#stream = stream
    this.#describeLoss = describeLoss
    stream.on('error', ignore)
    stopBlocking(stream)
  }

  /** Lines that could not be written, since the beginning. */
  get lost(): number {
    return this.#lost
  }

  /** @param text whole lines. */
  write(text: string): void {
    const isFull = this.#stream.writableLength > MAX_WAITING_BYTES
    if (isFull || (this.#retryAtMs !== undefined && performance.now() < this.#retryAtMs))
      return this.#lose(text)
    if (this.#untold > 0 && !this.#isTelling) this.#tell()
    this.#stream.write(text, (error) => {
      if (error) this.#break(text)
    })
  }

  /**
   * Waits for what has been written, for so long at most.
   * @returns whether it is out. What is not would keep the process alive.
   */
  async flush(timeoutMs: number): Promise<boolean> {
    if (this.#stream.writableLength === 0) return true
    let timer: NodeJS.Timeout | undefined
    const isLate = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs)
    })
    const isOut = new Promise<boolean>((resolve) => this.#stream.write('', () => resolve(true)))
    try {
      return await Promise.race([isOut, isLate])
    } finally {
      clearTimeout(timer)
    }
  }

  #tell(): void {
    const told = this.#untold
    // Behind a line of which a part is on the disk: it is to stand on its own.
    const start = this.#retryAtMs === undefined ? '' : '\n'
    this.#isTelling = true
    this.#stream.write(start + this.#describeLoss(told), (error) => {
      this.#isTelling = false
      if (error) return
      this.#untold -= told
      this.#retryAtMs = undefined
    })
  }

  #break(text: string): void {
    this.#retryAtMs = performance.now() + RETRY_MS
    this.#lose(text)
  }

  #lose(text: string): void {
    const lines = countLines(text)
    this.#lost += lines
    this.#untold += lines
  }
}

function countLines(text: string): number {
  let lines = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++
  return lines
}

/** Node makes a terminal block whoever writes to it: with Ctrl-S in it the process would stop. Pipes do not. */
function stopBlocking(stream: Writable): void {
  const { _handle: handle } = stream as { _handle?: { setBlocking?(isBlocking: boolean): void } }
  handle?.setBlocking?.(false)
}

/** Each write hears of its own failure. */
function ignore(): void {
  return
}
