import { type ParseError, type ParserPlugin, parse } from '@babel/parser'
import type { Program } from './ast.ts'

export interface ParsedSource {
  program: Program
  /** Netlify's own parser fails on this file, and takes it for a Lambda-format function without config (build.md §3). */
  unreadableOnNetlify: boolean
}

export interface ParseProblem {
  message: string
  line: number
  column: number
}

/** What Netlify parses with: TypeScript, no JSX, no decorators, no recovery. */
const NETLIFY: ParserPlugin[] = ['typescript']

const DECORATORS: ParserPlugin[] = ['decorators', 'decoratorAutoAccessors']

/**
 * What is tried when that fails, in this order: JSX before type assertions, standard before legacy decorators (those
 * of parameters), and at last plain JavaScript, whose `a < b > (c)` is not a generic call.
 */
const OTHERS: { plugins: ParserPlugin[]; sourceType: 'module' | 'script' }[] = [
  { plugins: ['typescript', 'jsx', ...DECORATORS], sourceType: 'module' },
  { plugins: ['typescript', ...DECORATORS], sourceType: 'module' },
  { plugins: ['typescript', 'jsx', 'decorators-legacy'], sourceType: 'module' },
  { plugins: ['typescript', 'decorators-legacy'], sourceType: 'module' },
  { plugins: ['jsx', ...DECORATORS], sourceType: 'module' },
  { plugins: ['jsx', ...DECORATORS], sourceType: 'script' },
]

/** Parses a main file whatever its extension says. The problem returned is that of the attempt that came furthest. */
export function parseSource(text: string): ParsedSource | { problem: ParseProblem } {
  let furthest: ParseError
  try {
    const { program } = parse(text, { sourceType: 'module', plugins: NETLIFY })
    return { program, unreadableOnNetlify: false }
  } catch (error) {
    furthest = error as ParseError
  }
  for (const { plugins, sourceType } of OTHERS) {
    try {
      const { program } = parse(text, {
        sourceType,
        plugins,
        errorRecovery: true,
        allowReturnOutsideFunction: true,
        allowUndeclaredExports: true,
      })
      return { program, unreadableOnNetlify: true }
    } catch (error) {
      if ((error as ParseError).pos > furthest.pos) furthest = error as ParseError
    }
  }
  return {
    problem: {
      message: furthest.message.replace(/ \(\d+:\d+\)$/, ''),
      line: furthest.loc.line,
      column: furthest.loc.column + 1,
    },
  }
}
