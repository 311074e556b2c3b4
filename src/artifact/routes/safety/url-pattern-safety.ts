import { ANY, type CharSet, charSet, complement, ignoreCase, overlaps } from './char-set.ts'
import { parseRegexShape, type RegexShape, UnjudgedRegex } from './regex-shape.ts'
import { type PatternPart, splitPattern } from './url-pattern-parts.ts'

/**
 * Why a URL pattern could stall whoever matches it, as the end of the sentence "the path …", or undefined when it
 * cannot (D23). Only groups with a regular expression of the user's are judged: `:name` and `*` are matched by
 * our own matcher in time proportional to pattern × path.
 *
 * A backtracking matcher is fast as long as the next character decides how to go on. So the pattern is laid out as
 * positions, one for each character class, each with the list of positions that may come after it; the list has a
 * position twice when there are two ways to it, as in `(a+)+`. Two entries that take the same character are a choice:
 * - inside an unbounded repeat, where it comes again for every character: refused;
 * - between going on with a repeat and leaving it: refused when anything unbounded comes after it;
 * - elsewhere it comes once: such choices multiply, and are refused beyond a thousand.
 */
export function findPatternHazard(pattern: string): string | undefined {
  const parts = splitPattern(pattern)
  if (!parts.some(({ kind }) => kind === 'group')) return undefined
  try {
    const layout = createLayout()
    const whole = layout.lay({ kind: 'sequence', items: parts.map(toShape) })
    layout.judge(whole.first)
    return undefined
  } catch (error) {
    if (error instanceof Hazard) return error.message
    if (error instanceof UnjudgedRegex) return `uses ${error.message}, which cannot be judged`
    throw error
  }
}

/** Positions that a pattern may have: what is repeated a number of times counts as often. */
const MOST_POSITIONS = 1000
/** Ways to match one path that a pattern may have. */
const MOST_WAYS = 1000

class Hazard extends Error {}

interface Position {
  set: CharSet
  /** The user's group that it belongs to; undefined for the pattern's own signs. */
  group: string | undefined
  /** The outermost unbounded repeat around it. */
  loop: number | undefined
  next: number[]
}

/** The positions that a piece may begin and end with. */
interface Laid {
  isNullable: boolean
  first: number[]
  last: number[]
}

const NOTHING: Laid = { isNullable: true, first: [], last: [] }
const SEGMENT = complement(charSet('/'))

function toShape({ kind, prefix, regex = '', suffix, modifier }: PatternPart): RegexShape {
  const items = toTexts(prefix)
  if (kind === 'group') items.push({ kind: 'marked', item: parseRegexShape(regex), mark: regex })
  if (kind === 'param' || kind === 'wildcard') {
    const item: RegexShape = { kind: 'chars', set: kind === 'wildcard' ? ANY : SEGMENT }
    items.push({ kind: 'repeat', item, min: kind === 'wildcard' ? 0 : 1, max: Infinity })
  }
  const item: RegexShape = { kind: 'sequence', items: [...items, ...toTexts(suffix)] }
  if (modifier === '') return item
  return { kind: 'repeat', item, min: modifier === '+' ? 1 : 0, max: modifier === '?' ? 1 : Infinity }
}

function toTexts(text: string): RegexShape[] {
  return [...text].map((char) => ({ kind: 'chars', set: ignoreCase(charSet(char)) }))
}

function createLayout() {
  const positions: Position[] = []
  const loopAhead = new Map<number, boolean>()
  let loops = 0
  let ways = 1
  let groupStart = 0
  let group: string | undefined
  let loop: number | undefined
  return { lay, judge }

  // -- laying out --

  function lay(shape: RegexShape): Laid {
    switch (shape.kind) {
      case 'chars':
        return layChars(shape.set)
      case 'sequence':
        return shape.items.reduce((before, item) => chain(before, lay(item)), NOTHING)
      case 'choice':
        return layChoice(shape.items.map(lay))
      case 'repeat':
        return layRepeat(shape)
      case 'look':
        return layLook(shape.item)
      case 'marked': {
        group = shape.mark
        groupStart = positions.length
        const laid = lay(shape.item)
        group = undefined
        return laid
      }
    }
  }

  function layChars(set: CharSet): Laid {
    if (positions.length >= MOST_POSITIONS) throw new Hazard(`${name(group)} is too long`)
    const position = positions.push({ set, group, loop, next: [] }) - 1
    return { isNullable: false, first: [position], last: [position] }
  }

  function chain(a: Laid, b: Laid): Laid {
    for (const position of a.last) positions[position]!.next.push(...b.first)
    return {
      isNullable: a.isNullable && b.isNullable,
      first: a.isNullable ? [...a.first, ...b.first] : a.first,
      last: b.isNullable ? [...b.last, ...a.last] : b.last,
    }
  }

  function layChoice(items: Laid[]): Laid {
    multiply(Math.max(1, items.filter(({ isNullable }) => isNullable).length))
    return {
      isNullable: items.some(({ isNullable }) => isNullable),
      first: items.flatMap(({ first }) => first),
      last: items.flatMap(({ last }) => last),
    }
  }

  /** `x{2,4}` is laid out as `xx(x(x)?)?`, `x{2,}` as `xx+`. */
  function layRepeat({ item, min, max }: Extract<RegexShape, { kind: 'repeat' }>): Laid {
    if (max === 0) return NOTHING
    let laid = NOTHING
    for (let copy = 1; copy < min || (copy === min && max !== Infinity); copy++) laid = chain(laid, lay(item))
    if (max === Infinity) return chain(laid, layLoop(item, min === 0))
    return chain(laid, layOptional(item, max - min))
  }

  function layOptional(item: RegexShape, times: number): Laid {
    if (times <= 0) return NOTHING
    const body = lay(item)
    if (body.isNullable) multiply(2)
    return { ...chain(body, layOptional(item, times - 1)), isNullable: true }
  }

  function layLoop(item: RegexShape, isOptional: boolean): Laid {
    const outer = loop
    loops += 1
    loop ??= loops
    const body = lay(item)
    if (body.isNullable && group !== undefined)
      throw new Hazard(`${name(group)} repeats something that may be empty`)
    for (const position of body.last) positions[position]!.next.push(...body.first)
    loop = outer
    return { ...body, isNullable: isOptional || body.isNullable }
  }

  /** What is looked at is matched by itself wherever the look stands; once only at the start of a group. */
  function layLook(item: RegexShape): Laid {
    const isAtStart = positions.length === groupStart && loop === undefined
    const before = loops
    multiply(countWays(lay(item).first, group))
    if (loops > before && !isAtStart)
      throw new Hazard(`${name(group)} looks ahead or behind for a repeat, and not at its start`)
    return NOTHING
  }

  // -- judging --

  /** @throws Hazard */
  function judge(start: readonly number[]): void {
    multiply(countWays(start))
    for (const { next, loop: inside, group: mark } of positions) {
      if (inside === undefined) multiply(countWays(next, mark))
      else judgeLoop(next, inside, mark)
    }
  }

  function judgeLoop(next: readonly number[], inside: number, mark: string | undefined): void {
    for (const [index, a] of next.entries()) {
      for (const b of next.slice(index + 1)) {
        const culprit = mark ?? positions[a]!.group ?? positions[b]!.group
        if (culprit === undefined || !collide(a, b)) continue
        const exits = [a, b].filter((position) => positions[position]!.loop !== inside)
        if (exits.length === 0)
          throw new Hazard(`${name(culprit)} has nested repeats or choices that can take the same text`)
        if (exits.some((exit) => leadsToLoop(exit)))
          throw new Hazard(`${name(culprit)} has a repeat that can take the same text as what comes after it`)
      }
    }
    multiply(
      countWays(
        next.filter((position) => positions[position]!.loop !== inside),
        mark,
      ),
    )
  }

  /** How many entries of a list can take one and the same character. */
  function countWays(list: readonly number[], mark?: string): number {
    const judged = list.filter((position) => (mark ?? positions[position]!.group) !== undefined)
    return Math.max(1, ...judged.map((a) => list.filter((b) => collide(a, b)).length))
  }

  function multiply(factor: number): void {
    if (loop !== undefined && factor > 1 && group !== undefined)
      throw new Hazard(`${name(group)} has nested repeats or choices that can take the same text`)
    ways *= factor
    if (ways > MOST_WAYS) throw new Hazard('has groups that can match one path in too many ways')
  }

  function collide(a: number, b: number): boolean {
    return overlaps(positions[a]!.set, positions[b]!.set)
  }

  function leadsToLoop(start: number): boolean {
    const known = loopAhead.get(start)
    if (known !== undefined) return known
    const leads = findLoop(start)
    loopAhead.set(start, leads)
    return leads
  }

  function findLoop(start: number): boolean {
    const seen = new Set<number>()
    const open = [start]
    for (let position = open.pop(); position !== undefined; position = open.pop()) {
      if (seen.has(position)) continue
      seen.add(position)
      if (positions[position]!.loop !== undefined) return true
      open.push(...positions[position]!.next)
    }
    return false
  }
}

function name(group: string | undefined): string {
  return group === undefined ? 'has a group that' : `has a group "(${group})" that`
}
