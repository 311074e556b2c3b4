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
  const reader = createReader(text, (path, offset) => {
    const key = JSON.stringify(path)
    if (!offsets.has(key)) offsets.set(key, offset)
  })
  reader.readDocument()
  return (path, { exact } = { exact: false }) => {
    for (let length = path.length; length > 0; length--) {
      const offset = offsets.get(JSON.stringify(path.slice(0, length)))
      if (offset !== undefined) return toPlace(text, offset)
      if (exact) return undefined
    }
    return undefined
  }
}

function toPlace(text: string, offset: number): Place {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}

function createReader(text: string, note: (path: KeyPath, offset: number) => void) {
  /** How many `[[name]]` headers were seen for a path: the last one is the table that a later header goes into. */
  const counts = new Map<string, number>()
  let at = 0

  return { readDocument }

  function readDocument(): void {
    let table: KeyPath = []
    for (skipBlank(); at < text.length; skipBlank()) {
      if (text[at] === '[') table = readHeader()
      else readPair(table)
    }
  }

  function readHeader(): KeyPath {
    const offset = at
    const isArray = text.startsWith('[[', at)
    at += isArray ? 2 : 1
    const names = readNames()
    at += isArray ? 2 : 1
    const path: (string | number)[] = []
    for (const [index, name] of names.entries()) {
      path.push(name)
      const key = JSON.stringify(path)
      const isLast = index === names.length - 1
      if (isLast && isArray) counts.set(key, (counts.get(key) ?? 0) + 1)
      note([...path], offset)
      const count = counts.get(key)
      if (count !== undefined) path.push(count - 1)
    }
    note(path, offset)
    return path
  }

  function readPair(table: KeyPath): void {
    const offset = at
    const names = readNames()
    for (const index of names.keys()) note([...table, ...names.slice(0, index + 1)], offset)
    at += 1 // the equals sign
    skipSpaces()
    readValue([...table, ...names])
  }

  /** A dotted key, up to what follows it. */
  function readNames(): string[] {
    const names: string[] = []
    for (;;) {
      skipSpaces()
      names.push(text[at] === '"' || text[at] === "'" ? readString() : readRun(/[A-Za-z0-9_-]+/y))
      skipSpaces()
      if (text[at] !== '.') return names
      at += 1
    }
  }

  function readValue(path: KeyPath): void {
    if (text[at] === '"' || text[at] === "'") readString()
    else if (text[at] === '[') readArray(path)
    else if (text[at] === '{') readInlineTable(path)
    else readRun(/[^,\]}#\r\n]+/y)
  }

  function readArray(path: KeyPath): void {
    at += 1
    let index = 0
    for (skipBlank(); text[at] !== ']' && at < text.length; skipBlank()) {
      if (text[at] === ',') at += 1
      else {
        note([...path, index], at)
        readValue([...path, index])
        index += 1
      }
    }
    at += 1
  }

  function readInlineTable(path: KeyPath): void {
    at += 1
    for (skipBlank(); text[at] !== '}' && at < text.length; skipBlank()) {
      if (text[at] === ',') at += 1
      else readPair(path)
    }
    at += 1
  }

  function readString(): string {
    const quote = text[at]!
    const marks = text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote
    const start = at + marks.length
    let end = start
    while (end < text.length && !text.startsWith(marks, end))
      end += quote === '"' && text[end] === '\\' ? 2 : 1
    // A multi-line string may end in up to two quotes of its own.
    while (marks.length === 3 && text[end + 3] === quote) end += 1
    at = end + marks.length
    const raw = text.slice(start, end)
    return quote === '"' && marks.length === 1 && raw.includes('\\') ? decodeEscapes(raw) : raw
  }

  function readRun(pattern: RegExp): string {
    pattern.lastIndex = at
    const run = pattern.exec(text)?.[0] ?? ''
    // Nothing to read only happens in text that is no TOML: go on rather than stand still.
    at += Math.max(run.length, 1)
    return run
  }

  function skipSpaces(): void {
    while (text[at] === ' ' || text[at] === '\t') at += 1
  }

  function skipBlank(): void {
    for (;;) {
      while (at < text.length && /\s|\uFEFF/.test(text[at]!)) at += 1
      if (text[at] !== '#') return
      while (at < text.length && text[at] !== '\n') at += 1
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
