import { readFile } from 'node:fs/promises'
import { type Program, parseSource } from '../config/index.ts'

export interface ParsedSource {
  /** Absolute. */
  file: string
  program: Program
}

/** The project's own code, each file read and parsed once however many functions use it. */
export interface SourceReader {
  /** undefined: it is not JavaScript or TypeScript, is not there, or cannot be parsed, which others complain about. */
  read(file: string): Promise<ParsedSource | undefined>
}

const CODE = /\.[cm]?[jt]sx?$/

export function createSourceReader(): SourceReader {
  const known = new Map<string, Promise<ParsedSource | undefined>>()
  return {
    read(file) {
      const before = known.get(file)
      if (before !== undefined) return before
      const reading = CODE.test(file) ? parseFile(file) : Promise.resolve(undefined)
      known.set(file, reading)
      return reading
    },
  }
}

async function parseFile(file: string): Promise<ParsedSource | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined) // gone since the build: then nothing is said of it
  if (text === undefined) return undefined
  const parsed = parseSource(text)
  return 'problem' in parsed ? undefined : { file, program: parsed.program }
}
