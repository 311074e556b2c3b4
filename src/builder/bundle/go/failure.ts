import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { RoostError, RoostErrors } from '../../../base/errors/index.ts'
import { countCharacters } from '../../../base/lib/index.ts'

/** `./main.go:12:5: undefined: x`; the column is not always there. */
const PLACE = /^(?:vet: )?(\S.*?\.go):(\d+)(?::(\d+))?: (.+)$/
const MISSING =
  /no required module provides package (\S+?);|cannot find package "(\S+?)"|package (\S+) is not in (?:std|GOROOT)/
const MAX_ERRORS = 20

/** What the compiler said, an error for each place in the source; what has no place is one error. */
export function toGoErrors(stderr: string, functionName: string, mainFile: string, cwd: string): RoostErrors {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('# '))
  const placed = lines.flatMap((line) => {
    const match = PLACE.exec(line)
    if (match === null) return []
    const [, path = '', row, column, message = ''] = match
    const file = resolve(cwd, path)
    const at = column === undefined ? undefined : toColumn(file, Number(row), Number(column))
    return [toError(functionName, message, file, Number(row), at)]
  })
  if (placed.length > 0) return new RoostErrors(placed.slice(0, MAX_ERRORS))
  return new RoostErrors([toError(functionName, lines.join('\n').trim() || 'go build failed', mainFile)])
}

/** Go counts in bytes, from 1. */
function toColumn(file: string, line: number, column: number): number {
  try {
    const text = readFileSync(file, 'utf8').split('\n')[line - 1] ?? ''
    return countCharacters(text, column - 1) + 1
  } catch {
    return column // a file of a module elsewhere: the compiler's own word
  }
}

function toError(
  functionName: string,
  message: string,
  file: string,
  line?: number,
  column?: number,
): RoostError {
  const place = line === undefined ? file : `${file}:${line}${column === undefined ? '' : `:${column}`}`
  const missing = MISSING.exec(message)?.slice(1).find(Boolean)
  return new RoostError('BUNDLE_FAILED', `"${functionName}" does not compile: ${place}: ${message}`, {
    hint:
      missing === undefined
        ? 'Fix the line that the compiler names.'
        : `Add the module in the function's folder: go get ${missing}`,
    details: {
      functionName,
      file,
      ...(line !== undefined && { line }),
      ...(column !== undefined && { column }),
    },
  })
}
