import { parse, TomlError } from 'smol-toml'
import { RoostError } from '../../base/errors/index.ts'
import { isTable } from './schema.ts'
import { type FindPlace, locateKeys } from './toml-places.ts'

export interface TomlFile {
  /** Absolute path. */
  file: string
  data: Record<string, unknown>
  findPlace: FindPlace
}

/** @throws CONFIG_SYNTAX with file, line and column. */
export function parseToml(text: string, file: string, shownAs = file): TomlFile {
  const source = text.replace(/^\uFEFF/, '')
  try {
    return readOldSpelling({ file, data: parse(source), findPlace: locateKeys(source) })
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause
    const { line, column } = cause
    const reason = (cause.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '')
    throw new RoostError('CONFIG_SYNTAX', `${shownAs}:${line}:${column} is not valid TOML: ${reason}`, {
      hint: adviseOn(source.split('\n')[line - 1] ?? ''),
      details: { file, line, column },
      cause,
    })
  }
}

/** Old files write `[Build]` with `Base`, `Publish` … inside (dev-and-edge.md §1.3). */
function readOldSpelling({ file, data, findPlace }: TomlFile): TomlFile {
  const { Build: old, ...others } = data
  if (!isTable(old)) return { file, data, findPlace }
  const build = Object.fromEntries(Object.entries(old).map(([key, value]) => [key.toLowerCase(), value]))
  return {
    file,
    data: { ...others, build: { ...build, ...(isTable(others.build) ? others.build : {}) } },
    findPlace: (path, options) => {
      const [section, key, ...below] = path
      if (section !== 'build' || typeof key !== 'string') return findPlace(path, options)
      return findPlace(['Build', key.charAt(0).toUpperCase() + key.slice(1), ...below], options)
    },
  }
}

/** What is most often wrong with a line that does not parse. */
function adviseOn(line: string): string {
  const value = /^\s*[\w."'-]+\s*=\s*(.*)$/.exec(line)?.[1]
  if (/^\s*[\w-]+\s*:/.test(line)) return 'Write "key = value": TOML has no colons after keys.'
  if (value === '') return 'Give the key a value, or remove the line.'
  if (value !== undefined && /^[A-Za-z@./]/.test(value) && !/^(true|false|inf|nan)\b/.test(value))
    return 'Put text in quotes: key = "value".'
  if ((line.match(/(?<!\\)"/g) ?? []).length % 2 === 1) return 'Close the quote on this line.'
  if (/^\s*\[/.test(line) && !/\]/.test(line)) return 'Close the bracket on this line.'
  return `Correct this line: ${line.trim()}`
}
