import { type ErrorCode, RoostError } from '../../base/errors/index.ts'
import type { BuildWarning, WarningCode } from '../project/index.ts'

/** Both count from 1. */
export interface Place {
  line: number
  column: number
}

/** The function that something is said about. */
export interface Subject {
  functionName: string
  /** Absolute main file. */
  file: string
  /** The main file as messages name it: relative to the project. */
  shownAs: string
}

export interface Finding {
  /** What is wrong, as the subject of a sentence: `config.path.1`. */
  key: string
  /** The value, or for a `string` in `foundText` the words for it. */
  found: unknown
  foundText?: string
  expected: string
}

/** Collects what is to be said about one function, each with its place. Nothing is thrown here. */
export interface Report {
  /** The build goes on; where Netlify is silent, we are not (build.md §17). */
  warnings: BuildWarning[]
  /** Works here and not on Netlify: for `roost check` (D15c). */
  notes: BuildWarning[]
  /** End the build of this function. */
  errors: RoostError[]
  /** `message` goes on after the file's name: "has …", "exports …". */
  warn(code: WarningCode, place: Place | undefined, message: string): void
  note(code: WarningCode, place: Place | undefined, message: string): void
  refuse(code: ErrorCode, place: Place | undefined, finding: Finding, hint?: string): void
}

export function createReport({ functionName, file, shownAs }: Subject): Report {
  const report: Report = {
    warnings: [],
    notes: [],
    errors: [],
    warn: (code, place, message) => void report.warnings.push(build(code, place, message)),
    note: (code, place, message) => void report.notes.push(build(code, place, message)),
    refuse: (code, place, { key, found, foundText, expected }, hint) => {
      const sentence = `${key} of function "${functionName}" is ${foundText ?? showValue(found)}, expected ${expected}.`
      const details = { functionName, file, ...place, key, found, expected }
      const options = hint === undefined ? { details } : { hint, details }
      report.errors.push(new RoostError(code, `${at(place)}: ${sentence}`, options))
    },
  }
  return report

  function at(place: Place | undefined): string {
    return place === undefined ? shownAs : `${shownAs}:${place.line}`
  }

  function build(code: WarningCode, place: Place | undefined, message: string): BuildWarning {
    const sentence = /[.?]$/.test(message) ? message : `${message}.`
    return { code, message: `${at(place)} ${sentence}`, functionName, file, ...place }
  }
}

/** A value as it would be written in source, cut when it is long. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'not a plain literal'
  const shown = JSON.stringify(value)
  return shown.length > 60 ? `${shown.slice(0, 57)}…` : shown
}
