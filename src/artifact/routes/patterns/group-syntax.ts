import { createSet, EMPTY, type Tree } from './tree.ts'

/** A pattern that could stall a matcher, or that ours does not read; the message ends the sentence "the path …". */
export class UnsupportedGroupError extends Error {
  override readonly name = 'UnsupportedGroupError'
}

/**
 * Reads the regular expression of a custom group, `(\d+)`, into a tree. What a single character matches is asked of
 * the engine, once per character, so that classes and escapes mean exactly what they mean there.
 *
 * @param source without the parentheses around it.
 * @throws SyntaxError the engine refuses it; UnsupportedGroupError
 */
export function parseGroup(source: string): Tree {
  return new GroupParser(source, chooseFlag(source)).parse()
}

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
    const sign = match[0][0]
    if (sign === '*') return { kind: 'repeat', item, min: 0, max: Infinity, isGreedy }
    if (sign === '+') return { kind: 'repeat', item, min: 1, max: Infinity, isGreedy }
    if (sign === '?') return { kind: 'repeat', item, min: 0, max: 1, isGreedy }
    const min = Number(match[1])
    const max = match[2] === undefined ? min : match[3] === '' ? Infinity : Number(match[3])
    return { kind: 'repeat', item, min, max, isGreedy }
  }

  #atom(char: string): Tree {
    if (char === '(') return this.#parenthesis()
    if (char === '[') return this.#one(this.#classText())
    if (char === '\\') return this.#escape()
    if (char === '^' || char === '$') return this.#assertion(char)
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
    if (/^\(\?<?[=!]/.test(rest)) return this.#assertion(this.#lookAroundText())
    throw new UnsupportedGroupError('has a named group or a change of flags inside a custom group')
  }

  #escape(): Tree {
    const text = ESCAPE.exec(this.#source.slice(this.#at))![0]
    if (/^\\[1-9k]/.test(text)) throw new UnsupportedGroupError(`has the back reference "${text}"`)
    return text === '\\b' || text === '\\B' ? this.#assertion(text) : this.#one(text)
  }

  #one(text: string): Tree {
    this.#at += text.length
    return { kind: 'set', set: createSet(text, this.#flag) }
  }

  #assertion(text: string): Tree {
    this.#at += text.length
    return { kind: 'assertion', regexp: new RegExp(text, `${this.#flag}iy`) }
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

  #lookAroundText(): string {
    let depth = 0
    let classDepth = 0
    for (let at = this.#at; ; at++) {
      const char = this.#source[at]
      if (char === '\\') at++
      else if (char === '[' && (classDepth === 0 || this.#flag === 'v')) classDepth++
      else if (char === ']' && classDepth > 0) classDepth--
      else if (char === '(' && classDepth === 0) depth++
      else if (char === ')' && classDepth === 0 && --depth === 0) return this.#source.slice(this.#at, at + 1)
    }
  }
}
