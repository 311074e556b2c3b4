/** A position in a text file; both count from 1. */
export interface Place {
  line: number
  column: number
}

export type KeyPath = readonly (string | number)[]

/** Finds where a key of a document stands; unless `exact`, the table above it when the key itself is not written. */
export type FindPlace = (path: KeyPath, options?: { exact: boolean }) => Place | undefined

/**
 * Notes where every key of a TOML document stands, since the parser gives values without positions. The text must be
 * valid TOML (parse it first): this reader only follows the structure, it does not check it.
 */
export function locateKeys(text: string): FindPlace {
  const offsets = new Map<string, number>()
  const reader = new KeyReader(text, (path, offset) => {
    const key = JSON.stringify(path)
    if (!offsets.has(key)) offsets.set(key, offset)
  })
  reader.readDocument()
  const toPlace = createPlaceFinder(text)
  return (path, { exact } = { exact: false }) => {
    for (let length = path.length; length > 0; length--) {
      const offset = offsets.get(JSON.stringify(path.slice(0, length)))
      if (offset !== undefined) return toPlace(offset)
      if (exact) return undefined
    }
    return undefined
  }
}

/** Halves its way to the line: a file may have a table for each of thousands of rules. */
function createPlaceFinder(text: string): (offset: number) => Place {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    let [low, high] = [0, starts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle
    }
    return { line: low + 1, column: offset - starts[low]! + 1 }
  }
}

class KeyReader {
  readonly #text: string
  readonly #note: (path: KeyPath, offset: number) => void
  /** How many `[[name]]` headers were seen for a path: the last one is the table that a later header goes into. */
  readonly #counts = new Map<string, number>()
  #at = 0

  constructor(text: string, note: (path: KeyPath, offset: number) => void) {
    this.#text = text
    this.#note = note
  }

  readDocument(): void {
    let table: KeyPath = []
    for (this.#skipBlank(); this.#at < this.#text.length; this.#skipBlank()) {
      if (this.#text[this.#at] === '[') table = this.#readHeader()
      else this.#readPair(table)
    }
  }

  #readHeader(): KeyPath {
    const offset = this.#at
    const isArray = this.#text.startsWith('[[', this.#at)
    this.#at += isArray ? 2 : 1
    const names = this.#readNames()
    this.#at += isArray ? 2 : 1
    const path: (string | number)[] = []
    for (const [index, name] of names.entries()) {
      path.push(name)
      const key = JSON.stringify(path)
      const isLast = index === names.length - 1
      if (isLast && isArray) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
      this.#note([...path], offset)
      const count = this.#counts.get(key)
      if (count !== undefined) path.push(count - 1)
    }
    this.#note(path, offset)
    return path
  }

  #readPair(table: KeyPath): void {
    const offset = this.#at
    const names = this.#readNames()
    for (const index of names.keys()) this.#note([...table, ...names.slice(0, index + 1)], offset)
    this.#at += 1 // the equals sign
    this.#skipSpaces()
    this.#readValue([...table, ...names])
  }

  /** A dotted key, up to what follows it. */
  #readNames(): string[] {
    const names: string[] = []
    for (;;) {
      this.#skipSpaces()
      names.push(
        this.#text[this.#at] === '"' || this.#text[this.#at] === "'"
          ? this.#readString()
          : this.#readRun(/[A-Za-z0-9_-]+/y),
      )
      this.#skipSpaces()
      if (this.#text[this.#at] !== '.') return names
      this.#at += 1
    }
  }

  #readValue(path: KeyPath): void {
    if (this.#text[this.#at] === '"' || this.#text[this.#at] === "'") this.#readString()
    else if (this.#text[this.#at] === '[') this.#readArray(path)
    else if (this.#text[this.#at] === '{') this.#readInlineTable(path)
    else this.#readRun(/[^,\]}#\r\n]+/y)
  }

  #readArray(path: KeyPath): void {
    this.#at += 1
    let index = 0
    for (this.#skipBlank(); this.#text[this.#at] !== ']' && this.#at < this.#text.length; this.#skipBlank()) {
      if (this.#text[this.#at] === ',') this.#at += 1
      else {
        this.#note([...path, index], this.#at)
        this.#readValue([...path, index])
        index += 1
      }
    }
    this.#at += 1
  }

  #readInlineTable(path: KeyPath): void {
    this.#at += 1
    for (this.#skipBlank(); this.#text[this.#at] !== '}' && this.#at < this.#text.length; this.#skipBlank()) {
      if (this.#text[this.#at] === ',') this.#at += 1
      else this.#readPair(path)
    }
    this.#at += 1
  }

  #readString(): string {
    const quote = this.#text[this.#at]!
    const marks = this.#text.startsWith(quote.repeat(3), this.#at) ? quote.repeat(3) : quote
    const start = this.#at + marks.length
    let end = start
    while (end < this.#text.length && !this.#text.startsWith(marks, end))
      end += quote === '"' && this.#text[end] === '\\' ? 2 : 1
    // A multi-line string may end in up to two quotes of its own.
    while (marks.length === 3 && this.#text[end + 3] === quote) end += 1
    this.#at = end + marks.length
    const raw = this.#text.slice(start, end)
    return quote === '"' && marks.length === 1 && raw.includes('\\') ? decodeEscapes(raw) : raw
  }

  #readRun(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const run = pattern.exec(this.#text)?.[0] ?? ''
    // Nothing to read only happens in text that is not TOML: go on rather than stand still.
    this.#at += Math.max(run.length, 1)
    return run
  }

  #skipSpaces(): void {
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t') this.#at += 1
  }

  #skipBlank(): void {
    for (;;) {
      while (this.#at < this.#text.length && /\s|\uFEFF/.test(this.#text[this.#at]!)) this.#at += 1
      if (this.#text[this.#at] !== '#') return
      while (this.#at < this.#text.length && this.#text[this.#at] !== '\n') this.#at += 1
    }
  }
}

/** Escapes of a quoted key. JSON knows them all but `\UXXXXXXXX` and `\e`, which no key of ours has. */
function decodeEscapes(raw: string): string {
  try {
    return JSON.parse(`"${raw}"`) as string
  } catch {
    return raw // Only the place of this key is lost, not its value.
  }
}
