import { hash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'

/** A log of more lines is not written on: the site's files go instead. */
export const MAX_LINES = 20_000

/**
 * The tags of a site that were purged, in their order: a file with a line for each. An answer notes how many there were when
 * it was stored, and is purged when one of its tags stands behind that. Clocks, which may be set back, have no part in it.
 */
export class PurgeLog {
  readonly #path: string
  /** The hash of a tag, and the number of its last line. */
  readonly #lastOf = new Map<string, number>()
  #lines = 0
  /** A process was killed in the middle of a line. */
  #hasPart = false

  private constructor(path: string) {
    this.#path = path
  }

  static async read(path: string): Promise<PurgeLog> {
    const log = new PurgeLog(path)
    const text = await readFile(path, 'latin1').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    const lines = text.split('\n')
    log.#hasPart = lines.pop() !== ''
    for (const line of lines) log.#note(line)
    return log
  }

  get lines(): number {
    return this.#lines
  }

  isPurged(tags: readonly string[], since: number): boolean {
    return this.#lines > since && tags.some((tag) => (this.#lastOf.get(toLine(tag)) ?? 0) > since)
  }

  /** It holds at once; when the promise resolves, it is on disk. */
  async add(tags: readonly string[]): Promise<void> {
    const lines = tags.map(toLine)
    for (const line of lines) this.#note(line)
    const file = await open(this.#path, 'a', 0o600)
    try {
      await file.write((this.#hasPart ? '\n' : '') + lines.map((line) => `${line}\n`).join(''))
      this.#hasPart = false
      await file.datasync()
    } finally {
      await file.close()
    }
  }

  #note(line: string): void {
    this.#lastOf.set(line, ++this.#lines)
  }
}

/** Of one length, whatever the tag: half a line can only be the last one. */
function toLine(tag: string): string {
  return hash('sha256', tag, 'base64url').slice(0, 22)
}
