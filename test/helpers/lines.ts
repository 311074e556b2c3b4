import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** The lines of a stream, kept, and a way to wait for one that may have come already. */
export class Lines {
  readonly all: string[] = []
  readonly #waiting = new Set<() => void>()
  #isEnded = false

  constructor(stream: Readable) {
    const reader = createInterface({ input: stream })
    reader.on('line', (line) => {
      this.all.push(line)
      this.#wake()
    })
    reader.on('close', () => {
      this.#isEnded = true
      this.#wake()
    })
  }

  get text(): string {
    return this.all.join('\n')
  }

  /** The first line that matches, from the `since`th on. Fails when the stream ends or the time passes without one. */
  async waitFor(pattern: RegExp, since = 0, timeoutMs = 30_000): Promise<string> {
    const signal = AbortSignal.timeout(timeoutMs)
    for (;;) {
      const line = this.all.slice(since).find((each) => pattern.test(each))
      if (line !== undefined) return line
      if (this.#isEnded || signal.aborted) {
        const why = this.#isEnded ? 'it ended' : `${timeoutMs / 1000} s passed`
        throw new Error(`${why} without a line like ${pattern}:\n${this.text}`)
      }
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}
