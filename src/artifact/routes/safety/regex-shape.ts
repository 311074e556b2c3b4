import { ANY, type CharSet, charSet, complement, DIGITS, ignoreCase, SPACE, WORD } from './char-set.ts'

/** What of a regular expression decides how long it can run: which characters, in which order, how often. */
export type RegexShape =
  | { kind: 'chars'; set: CharSet }
  | { kind: 'sequence'; items: RegexShape[] }
  | { kind: 'choice'; items: RegexShape[] }
  | { kind: 'repeat'; item: RegexShape; min: number; max: number }
  /** Looks at the text ahead or behind without taking it. */
  | { kind: 'look'; item: RegexShape }
  /** The same with a name for messages; the reader makes none. */
  | { kind: 'marked'; item: RegexShape; mark: string }

/** A construct that cannot be judged, as the end of the sentence "the group … uses …". */
export class UnjudgedRegex extends Error {}

const EMPTY: RegexShape = { kind: 'sequence', items: [] }

/** Reads the source of a regular expression that is known to compile. @throws UnjudgedRegex */
export function parseRegexShape(source: string): RegexShape {
  let at = 0
  const shape = readChoice()
  if (at < source.length) throw new UnjudgedRegex('an unpaired bracket')
  return shape

  function readChoice(): RegexShape {
    const items = [readSequence()]
    while (source[at] === '|') {
      at += 1
      items.push(readSequence())
    }
    return items.length === 1 ? items[0]! : { kind: 'choice', items }
  }

  function readSequence(): RegexShape {
    const items: RegexShape[] = []
    while (at < source.length && source[at] !== '|' && source[at] !== ')') items.push(readRepeated())
    return items.length === 1 ? items[0]! : { kind: 'sequence', items }
  }

  function readRepeated(): RegexShape {
    const item = readAtom()
    const quantifier = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})\??/.exec(source.slice(at))
    if (quantifier === null) return item
    at += quantifier[0].length
    const [text, low, comma, high] = quantifier
    if (low === undefined)
      return { kind: 'repeat', item, min: text[0] === '+' ? 1 : 0, max: text[0] === '?' ? 1 : Infinity }
    const max = comma === undefined ? Number(low) : high ? Number(high) : Infinity
    return { kind: 'repeat', item, min: Number(low), max }
  }

  function readAtom(): RegexShape {
    const char = take()
    if (char === '(') return readGroup()
    if (char === '[') return chars(readClass())
    if (char === '.') return chars(ANY)
    if (char === '^' || char === '$') return EMPTY
    return char === '\\' ? readEscape() : chars(charSet(char))
  }

  function readGroup(): RegexShape {
    const opening = /^\?(?::|=|!|<=|<!)/.exec(source.slice(at))?.[0]
    if (opening === undefined) throw new UnjudgedRegex('a capturing group inside a group')
    at += opening.length
    const item = readChoice()
    if (take() !== ')') throw new UnjudgedRegex('an unpaired bracket')
    return opening === '?:' ? item : { kind: 'look', item }
  }

  function readEscape(): RegexShape {
    if (/^[1-9k]/.test(source.slice(at))) throw new UnjudgedRegex('a back reference')
    if (source[at] === 'b' || source[at] === 'B') {
      at += 1
      return EMPTY
    }
    return chars(readEscapedSet())
  }

  function readClass(): CharSet {
    const isNegated = source[at] === '^'
    if (isNegated) at += 1
    const set: (readonly [number, number])[] = []
    while (at < source.length && source[at] !== ']') {
      const low = readClassItem()
      const isRange = source[at] === '-' && source[at + 1] !== ']' && low.length === 1
      if (!isRange) set.push(...low)
      else {
        at += 1
        set.push([low[0]![0], readClassItem().at(-1)![1]])
      }
    }
    at += 1
    return isNegated ? complement(set) : set
  }

  function readClassItem(): CharSet {
    const char = take()
    return char === '\\' ? readEscapedSet() : charSet(char)
  }

  function readEscapedSet(): CharSet {
    const char = take()
    const named = { d: DIGITS, w: WORD, s: SPACE }[char.toLowerCase()]
    if (named !== undefined) return char === char.toLowerCase() ? named : complement(named)
    if (char === 'p' || char === 'P') {
      at = source.indexOf('}', at) + 1
      return ANY
    }
    const code = /^(?:\{([0-9a-f]+)\}|([0-9a-f]{4}))/i.exec(source.slice(at))
    if (char === 'u' && code !== null) return takeCode(code[0], code[1] ?? code[2]!)
    const short = /^[0-9a-f]{2}/i.exec(source.slice(at))
    if (char === 'x' && short !== null) return takeCode(short[0], short[0])
    if (char === 'c') return takeCode(source[at] ?? '', (source.charCodeAt(at) % 32).toString(16))
    const control = { n: '\n', r: '\r', t: '\t', v: '\v', f: '\f', b: '\b', 0: '\0' }[char]
    return charSet(control ?? char)
  }

  function takeCode(text: string, digits: string): CharSet {
    at += text.length
    const code = Number.parseInt(digits, 16)
    return [[code, code]]
  }

  function take(): string {
    const code = source.codePointAt(at)
    if (code === undefined) throw new UnjudgedRegex('an unpaired bracket')
    const char = String.fromCodePoint(code)
    at += char.length
    return char
  }

  function chars(set: CharSet): RegexShape {
    return { kind: 'chars', set: ignoreCase(set) }
  }
}
