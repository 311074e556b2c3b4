import { canBeEmpty, createSet, type Edge, EMPTY, type Tree } from './tree.ts'

/** A pattern that is valid and that our matcher does not run; the message ends the sentence "the path …". */
export class UnsupportedGroupError extends Error {
  override readonly name = 'UnsupportedGroupError'
}

/**
 * Reads the regular expression of a custom group, `(\d+)`, into a tree. What a single character matches is asked of
 * the engine, once per character, so that classes and escapes mean exactly what they mean there. Nothing else is left to
 * it, so no group can make it backtrack (D23).
 *
 * An unbounded repeat of what may be empty is refused: which of its rounds count depends on how they were reached, which
 * the matcher does not remember, so it could find another match than the engine.
 *
 * @param source without the parentheses around it.
 * @throws SyntaxError the engine refuses it; UnsupportedGroupError
 */
export function parseGroup(source: string): Tree {
  if (source.split('(').length > MAX_PARENTHESES)
    throw new UnsupportedGroupError(`has more than ${MAX_PARENTHESES} parentheses in a custom group`)
  return new GroupParser(source, chooseFlag(source)).parse()
}

/** Each may lie in the one before: reading, compiling and the engine's own check call themselves that often. */
const MAX_PARENTHESES = 500

/**
 * The standard compiles groups with the flag `v`; Netlify's build with `u`, which lets `[^/]` pass. What is valid under
 * both means the same.
 */
function chooseFlag(source: string): 'u' | 'v' {
  try {
    new RegExp(source, 'v')
    return 'v'
  } catch {
    // not valid under `v`: `u` decides
    new RegExp(source, 'u')
    return 'u'
  }
}

const ESCAPE = /^\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|u\{[0-9a-f]+\}|p\{[^}]*\}|c[a-z]|.)/is
const QUANTIFIER = /^(?:[*+?]|\{(\d+)(,(\d*))?\})\??/

class GroupParser {
  readonly #source: string
  readonly #flag: 'u' | 'v'
  #at = 0

  constructor(source: string, flag: 'u' | 'v') {
    this.#source = source
    this.#flag = flag
  }

  parse(): Tree {
    return this.#choice()
  }

  #choice(): Tree {
    const items = [this.#sequence()]
    while (this.#source[this.#at] === '|') {
      this.#at++
      items.push(this.#sequence())
    }
    return items.length === 1 ? items[0]! : { kind: 'choice', items }
  }

  #sequence(): Tree {
    const items: Tree[] = []
    for (;;) {
      const char = this.#source[this.#at]
      if (char === undefined || char === '|' || char === ')') break
      items.push(this.#quantified(this.#atom(char)))
    }
    return items.length === 0 ? EMPTY : items.length === 1 ? items[0]! : { kind: 'sequence', items }
  }

  #quantified(item: Tree): Tree {
    const match = QUANTIFIER.exec(this.#source.slice(this.#at))
    if (match === null) return item
    this.#at += match[0].length
    const isGreedy = match[0].length === 1 || !match[0].endsWith('?')
    const [min, max] = readCounts(match)
    if (max === Infinity && canBeEmpty(item))
      throw new UnsupportedGroupError(
        `has a group "(${this.#source})" that repeats something that may be empty`,
      )
    return { kind: 'repeat', item, min, max, isGreedy }
  }

  #atom(char: string): Tree {
    if (char === '(') return this.#parenthesis()
    if (char === '[') return this.#one(this.#classText())
    if (char === '\\') return this.#escape()
    if (char === '^' || char === '$') return this.#edge(char, 1)
    return this.#one(char)
  }

  #parenthesis(): Tree {
    const rest = this.#source.slice(this.#at)
    if (rest.startsWith('(?:')) {
      this.#at += 3
      const item = this.#choice()
      this.#at++
      return item
    }
    const [, behind, sign] = /^\(\?(<?)([=!])/.exec(rest) ?? []
    if (sign !== undefined) return this.#look(behind === '<', sign === '!')
    throw new UnsupportedGroupError('has a named group or a change of flags inside a custom group')
  }

  #escape(): Tree {
    const text = ESCAPE.exec(this.#source.slice(this.#at))![0]
    if (/^\\[1-9k]/.test(text)) throw new UnsupportedGroupError(`has the back reference "${text}"`)
    return text === '\\b' || text === '\\B' ? this.#edge(text, 2) : this.#one(text)
  }

  #one(text: string): Tree {
    this.#at += text.length
    return { kind: 'set', set: createSet(text, this.#flag) }
  }

  #edge(edge: Edge, length: number): Tree {
    this.#at += length
    return { kind: 'edge', edge }
  }

  #look(isBehind: boolean, isNegated: boolean): Tree {
    this.#at += isBehind ? 4 : 3
    const item = this.#choice()
    this.#at++
    return { kind: 'look', item, isBehind, isNegated }
  }

  /** The character class that starts here; with the flag `v` classes nest. */
  #classText(): string {
    let depth = 0
    for (let at = this.#at; ; at++) {
      const char = this.#source[at]
      if (char === '\\') {
        at++
        if (this.#source[at] === 'q') throw new UnsupportedGroupError('has "\\q" inside a character class')
      } else if (char === '[' && (depth === 0 || this.#flag === 'v')) depth++
      else if (char === ']' && --depth === 0) return this.#source.slice(this.#at, at + 1)
    }
  }
}

/** The least and the most rounds of a quantifier. */
function readCounts([text, low, comma, high]: RegExpExecArray): [min: number, max: number] {
  if (low === undefined) return [text.startsWith('+') ? 1 : 0, text.startsWith('?') ? 1 : Infinity]
  return [Number(low), comma === undefined ? Number(low) : high ? Number(high) : Infinity]
}
