/**
 * The pathname syntax of URL patterns (https://urlpattern.spec.whatwg.org, sections "tokenizing" and "parsing"),
 * read into parts. What a part means is decided in pattern-tree.ts; nothing here matches anything.
 */
export type Modifier = 'none' | 'optional' | 'zero-or-more' | 'one-or-more'

export type Part =
  | { kind: 'fixed'; text: string; modifier: Modifier }
  | {
      kind: 'group'
      /** Own name, or the number of the unnamed group in reading order. */
      name: string
      /** `segment`: not across a slash. `wildcard`: anything. Otherwise the source of a custom group. */
      matches: 'segment' | 'wildcard' | { source: string }
      prefix: string
      suffix: string
      modifier: Modifier
    }

/** The pattern does not follow the syntax. The caller knows whose pattern it is and says so. */
export class PatternSyntaxError extends Error {
  override readonly name = 'PatternSyntaxError'
}

/**
 * @param encodeText canonical form of fixed text: patterns are compared with percent-encoded paths.
 * @throws PatternSyntaxError
 */
export function parseUrlPattern(pattern: string, encodeText: (text: string) => string): Part[] {
  return new Parser(tokenize(pattern), encodeText).parse()
}

type TokenKind =
  | 'open'
  | 'close'
  | 'regexp'
  | 'name'
  | 'char'
  | 'escaped-char'
  | 'modifier'
  | 'asterisk'
  | 'end'

interface Token {
  kind: TokenKind
  value: string
}

const NAME_START = /[$_\p{ID_Start}]/u
const NAME_PART = /[$_\p{ID_Continue}]|\u200c|\u200d/u
const PUNCTUATION: Record<string, TokenKind> = {
  '*': 'asterisk',
  '+': 'modifier',
  '?': 'modifier',
  '{': 'open',
  '}': 'close',
}

function tokenize(pattern: string): Token[] {
  const chars = [...pattern]
  const tokens: Token[] = []
  let at = 0
  while (at < chars.length) {
    const char = chars[at]!
    const kind = PUNCTUATION[char]
    if (kind !== undefined) {
      tokens.push({ kind, value: char })
      at++
    } else if (char === '\\') {
      if (at === chars.length - 1) throw new PatternSyntaxError('it ends with a backslash')
      tokens.push({ kind: 'escaped-char', value: chars[at + 1]! })
      at += 2
    } else if (char === ':') {
      let end = at + 1
      while (end < chars.length && (end === at + 1 ? NAME_START : NAME_PART).test(chars[end]!)) end++
      if (end === at + 1) throw new PatternSyntaxError('a ":" without a name after it')
      tokens.push({ kind: 'name', value: chars.slice(at + 1, end).join('') })
      at = end
    } else if (char === '(') {
      const end = findGroupEnd(chars, at)
      tokens.push({ kind: 'regexp', value: chars.slice(at + 1, end).join('') })
      at = end + 1
    } else {
      tokens.push({ kind: 'char', value: char })
      at++
    }
  }
  tokens.push({ kind: 'end', value: '' })
  return tokens
}

/** Where the group that opens at `start` closes. Capturing groups inside are not allowed, nor is non-ASCII text. */
function findGroupEnd(chars: string[], start: number): number {
  let depth = 1
  for (let at = start + 1; at < chars.length; at++) {
    const char = chars[at]!
    if (char > '\x7f')
      throw new PatternSyntaxError(`"${char}" inside a custom group; only ASCII is allowed there`)
    if (char === '?' && at === start + 1) throw new PatternSyntaxError('a custom group that begins with "?"')
    if (char === '\\') {
      at++
      if (at < chars.length && chars[at]! > '\x7f')
        throw new PatternSyntaxError('an escaped character beyond ASCII inside a custom group')
    } else if (char === ')') {
      depth--
      if (depth === 0) {
        if (at === start + 1) throw new PatternSyntaxError('an empty custom group')
        return at
      }
    } else if (char === '(') {
      depth++
      if (chars[at + 1] !== '?')
        throw new PatternSyntaxError('a capturing group inside a custom group; write "(?:" instead of "("')
    }
  }
  throw new PatternSyntaxError('a "(" that is never closed')
}

class Parser {
  readonly #tokens: Token[]
  readonly #encodeText: (text: string) => string
  readonly #parts: Part[] = []
  readonly #names = new Set<string>()
  #at = 0
  #nextNumber = 0
  /** Text that has been read but is not yet a part of its own. */
  #pending = ''

  constructor(tokens: Token[], encodeText: (text: string) => string) {
    this.#tokens = tokens
    this.#encodeText = encodeText
  }

  parse(): Part[] {
    for (;;) {
      const char = this.#take('char')
      const name = this.#take('name')
      const matcher = this.#takeMatcher(name)
      if (name !== undefined || matcher !== undefined) {
        // Only a slash directly before a group belongs to it: `/:id?` makes the slash optional too.
        const prefix = char === '/' ? char : ''
        if (prefix === '' && char !== undefined) this.#pending += char
        this.#closePending()
        this.#addGroup(name, matcher, prefix, '', this.#takeModifier())
        continue
      }
      const text = char ?? this.#take('escaped-char')
      if (text !== undefined) {
        this.#pending += text
        continue
      }
      if (this.#take('open') !== undefined) {
        this.#parseBraces()
        continue
      }
      this.#closePending()
      this.#require('end')
      return this.#parts
    }
  }

  #parseBraces(): void {
    const prefix = this.#takeText()
    const name = this.#take('name')
    const matcher = this.#takeMatcher(name)
    const suffix = this.#takeText()
    this.#require('close')
    const modifier = this.#takeModifier()
    if (name !== undefined || matcher !== undefined) {
      this.#closePending()
      this.#addGroup(name, matcher, prefix, suffix, modifier)
    } else if (modifier === 'none') {
      this.#pending += prefix
    } else {
      this.#closePending()
      if (prefix !== '') this.#parts.push({ kind: 'fixed', text: this.#encodeText(prefix), modifier })
    }
  }

  #addGroup(
    name: string | undefined,
    matcher: Token | undefined,
    prefix: string,
    suffix: string,
    modifier: Modifier,
  ): void {
    const own = name ?? String(this.#nextNumber++)
    if (this.#names.has(own)) throw new PatternSyntaxError(`two groups called "${own}"`)
    this.#names.add(own)
    this.#parts.push({
      kind: 'group',
      name: own,
      matches: toMatches(matcher),
      prefix: this.#encodeText(prefix),
      suffix: this.#encodeText(suffix),
      modifier,
    })
  }

  #closePending(): void {
    if (this.#pending === '') return
    this.#parts.push({ kind: 'fixed', text: this.#encodeText(this.#pending), modifier: 'none' })
    this.#pending = ''
  }

  #take(kind: TokenKind): string | undefined {
    const token = this.#tokens[this.#at]!
    if (token.kind !== kind) return undefined
    this.#at++
    return token.value
  }

  /** A custom group; or, where no name stands before it, the asterisk, which after a name is its modifier. */
  #takeMatcher(name: string | undefined): Token | undefined {
    const token = this.#tokens[this.#at]!
    if (token.kind !== 'regexp' && (token.kind !== 'asterisk' || name !== undefined)) return undefined
    this.#at++
    return token
  }

  #takeModifier(): Modifier {
    if (this.#take('asterisk') !== undefined) return 'zero-or-more'
    const sign = this.#take('modifier')
    return sign === undefined ? 'none' : sign === '?' ? 'optional' : 'one-or-more'
  }

  #takeText(): string {
    let text = ''
    for (;;) {
      const char = this.#take('char') ?? this.#take('escaped-char')
      if (char === undefined) return text
      text += char
    }
  }

  #require(kind: 'close' | 'end'): void {
    const token = this.#tokens[this.#at]!
    if (token.kind === kind) {
      this.#at++
      return
    }
    throw new PatternSyntaxError(
      kind === 'close' ? 'a "{" that is never closed' : `a "${token.value}" where none is allowed`,
    )
  }
}

/** `(.*)` is a wildcard and `([^/]+?)` a segment, however they are written. */
function toMatches(matcher: Token | undefined): 'segment' | 'wildcard' | { source: string } {
  if (matcher === undefined || matcher.value === '[^\\/]+?') return 'segment'
  if (matcher.kind === 'asterisk' || matcher.value === '.*') return 'wildcard'
  return { source: matcher.value }
}
