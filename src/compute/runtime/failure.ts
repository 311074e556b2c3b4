import { types } from 'node:util'
import type { Failure, FailurePhase } from '../protocol/index.ts'

/** Longer stacks are cut before they are split: a stack begins with its message, which can be any length. */
const MAX_STACK_CHARS = 64 * 1024

/** A cause may have a cause, also itself. */
const MAX_CAUSES = 4
const MAX_CAUSE_CHARS = 1000

/**
 * Whatever was thrown, as the record of runtime.md §1.5. Never throws itself: user code can throw a proxy, an object
 * without prototype, an error with getters that throw.
 */
export function toFailure(thrown: unknown, phase: FailurePhase): Failure {
  if (!isErrorLike(thrown))
    return { errorType: typeof thrown, errorMessage: toText(thrown), trace: [], phase }
  return {
    errorType: readText(thrown, 'name') ?? 'Error',
    errorMessage: readText(thrown, 'message') ?? '',
    trace: readTrace(thrown, phase),
    phase,
  }
}

/** An error of this realm, of another (`node:vm`), or one that only looks like an error. */
function isErrorLike(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  if (types.isNativeError(value)) return true
  try {
    if (value instanceof Error) return true
  } catch {
    return false // a proxy whose getPrototypeOf trap throws
  }
  return ['name', 'message', 'stack'].every((key) => readText(value, key) !== undefined)
}

function readText(value: object, key: string): string | undefined {
  try {
    const text: unknown = (value as Record<string, unknown>)[key]
    return typeof text === 'string' ? text : undefined
  } catch {
    return undefined // a getter that throws
  }
}

function readTrace(error: object, phase: FailurePhase): string[] {
  const stack = readText(error, 'stack')
  const lines = stack === undefined || stack === '' ? [] : stack.slice(0, MAX_STACK_CHARS).split('\n')
  return [...withoutOurs(lines, phase), ...listCauses(error)]
}

/** `fetch failed` says nothing; its cause says which address refused the connection. */
function listCauses(error: object): string[] {
  const lines: string[] = []
  let thrown: unknown = error
  for (let depth = 0; depth < MAX_CAUSES; depth++) {
    thrown = readCause(thrown)
    if (thrown === undefined) break
    const text = describeCause(thrown).slice(0, MAX_CAUSE_CHARS).replace(/\s+/g, ' ').trim()
    if (text !== '') lines.push(`    [cause]: ${text}`)
  }
  return lines
}

function readCause(thrown: unknown): unknown {
  if (typeof thrown !== 'object' || thrown === null) return undefined
  try {
    return (thrown as { cause?: unknown }).cause
  } catch {
    return undefined // a getter that throws
  }
}

function describeCause(cause: unknown): string {
  if (!isErrorLike(cause)) return typeof cause === 'object' ? '' : toText(cause)
  return `${readText(cause, 'name') ?? 'Error'}: ${readText(cause, 'message') || (readText(cause, 'code') ?? '')}`
}

/**
 * How user code was called does not help its author, nor do our own frames: a stack shows user code, and ends
 * with its last frame before ours. One without any is our own error and stays whole, unless it is what we say about a
 * result.
 */
function withoutOurs(lines: string[], phase: FailurePhase): string[] {
  const first = lines.findIndex((line) => FRAME.test(line))
  if (first === -1) return lines
  const theirs = lines.findLastIndex((line, i) => i >= first && isTheirs(line))
  const end = lines.findIndex((line, i) => i >= first && i > theirs && isOurFrame(line))
  const called = end === -1 ? lines : lines.slice(0, end)
  if (theirs !== -1) return called.filter((_, i) => i < first || !isOurs(called, i))
  const cause = lines.slice(first).find((line) => !NATIVE.test(line))
  if (cause === undefined || !isOurFrame(cause)) return called
  return phase === 'result' ? lines.slice(0, first) : lines
}

function isTheirs(line: string): boolean {
  return FRAME.test(line) && !isOurFrame(line) && !NODE.test(line) && !NATIVE.test(line)
}

/** The engine's frame between two of ours is one of ours: `Array.map` over something of our own. */
function isOurs(lines: readonly string[], at: number): boolean {
  if (isOurFrame(lines[at]!)) return true
  return NATIVE.test(lines[at]!) && isOurFrame(lines[at - 1] ?? '') && isOurFrame(lines[at + 1] ?? '')
}

const FRAME = /^\s+at /
/** A frame of Node's own code. */
const NODE = /[( ]node:/
/** A frame of the engine's own code, which is in no file: `JSON.parse (<anonymous>)`, `async Promise.all (index 0)`. */
const NATIVE = /^\s+at (?:async )?(?:<anonymous>|.*\((?:<anonymous>|native|index \d+)\))$/

/** This program's file, as stacks name it. */
const PROGRAM = typeof __filename === 'string' ? __filename : '\0'

/** Whether a line of a stack is one of this program's. */
export function isOurFrame(line: string): boolean {
  return line.includes(PROGRAM)
}

function toText(value: unknown): string {
  try {
    return String(value)
  } catch {
    return '' // no way to make text of it
  }
}
