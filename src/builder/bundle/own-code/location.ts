import type { Location } from 'esbuild'
import { countCharacters } from '../../../base/lib/index.ts'

/** Where a message of esbuild points to, both from 1. esbuild counts columns from 0, and in bytes. */
export function readPlace({ line, lineText, column }: Location): { line: number; column: number } {
  return { line, column: countCharacters(lineText, column) + 1 }
}

/** `netlify/functions/hello.mts:3:7` */
export function showPlace(location: Location): string {
  const { line, column } = readPlace(location)
  return `${location.file}:${line}:${column}`
}

/** What stands there: of an import the text between its quotes, with them. */
export function readWritten({ lineText, column, length }: Location): string {
  return Buffer.from(lineText).toString('utf8', column, column + length)
}
