import { type Instruction, Op } from '../matcher/program.ts'
import type { RoutePattern } from '../matcher/route-pattern.ts'

/**
 * All requests' paths that a route's pattern takes, as a deterministic automaton that is worked out as far as it is
 * walked. It reads what the matcher runs (program.ts), so that what is said of a route is said of the one that serves.
 * A path is tried without the slash at its end, then as it is (D128): here a match may be followed by one slash.
 */
export class Automaton {
  readonly #code: readonly Instruction[]
  readonly #looksHold: boolean
  readonly #states: State[] = []
  readonly #ids = new Map<string, number>()

  /** @param looksHold looks and edges (`\b`) are not worked out: whether they count as holding always, or never. */
  constructor(pattern: RoutePattern, looksHold: boolean) {
    this.#code = pattern.kind === 'group' ? pattern.program.code : toCode(pattern.literal)
    this.#looksHold = looksHold
    this.#states.push(createState([]), createState(this.#code.length === 0 ? [] : this.#follow([0])))
  }

  /** @returns DEAD, or the state behind `char`, which is in lower case. */
  step(from: number, char: number): number {
    const state = this.#states[from]!
    let next = state.next.get(char)
    if (next === undefined) {
      next = this.#intern(this.#read(state.items, char, from !== START))
      state.next.set(char, next)
    }
    return next
  }

  /** Whether a path may end here. */
  accepts(state: number): boolean {
    return this.#states[state]!.items.some((item) => item === BEHIND_SLASH || this.#opAt(item) === Op.match)
  }

  /** A text for each character: where two have the same, the pattern treats them alike. */
  classify(chars: readonly number[]): string[] {
    const steps = this.#code.filter(({ op }) => op === Op.set || op === Op.text)
    const texts = new Set(['/', ...steps.flatMap(({ text }) => [...text])])
    return chars.map((char) => {
      const own = texts.has(String.fromCharCode(char)) ? String.fromCharCode(char) : ''
      return own + steps.map(({ op, set }) => (op === Op.set ? set[char] : '')).join('')
    })
  }

  #read(items: readonly number[], char: number, mayEndInSlash: boolean): number[] {
    const reached: number[] = []
    let isBehindSlash = false
    for (const item of items) {
      if (item === BEHIND_SLASH) continue
      const [pc, offset] = [Math.floor(item / WIDTH), item % WIDTH]
      const { op, text, set } = this.#code[pc]!
      if (op === Op.match) isBehindSlash ||= mayEndInSlash && char === SLASH
      else if (op === Op.set) {
        if (set[char] === 1) reached.push((pc + 1) * WIDTH)
      } else if (text.charCodeAt(offset) === char)
        reached.push(offset + 1 === text.length ? (pc + 1) * WIDTH : item + 1)
    }
    const followed = this.#follow(reached)
    return isBehindSlash ? [...followed, BEHIND_SLASH] : followed
  }

  /** Follows what reads nothing, up to what reads the next character and to the end of the pattern. */
  #follow(open: number[]): number[] {
    const seen = new Set<number>()
    const items: number[] = []
    for (let item = open.pop(); item !== undefined; item = open.pop()) {
      if (seen.has(item)) continue
      seen.add(item)
      const step = this.#code[Math.floor(item / WIDTH)]!
      if (step.op === Op.set || step.op === Op.text || step.op === Op.match) items.push(item)
      else if (step.op === Op.split) open.push(step.next * WIDTH, step.other * WIDTH)
      else if (step.op === Op.jump) open.push(step.next * WIDTH)
      // A round that reads nothing does not count; without it the path is the same.
      else if (step.op === Op.save || step.op === Op.notEmpty || this.#looksHold) open.push(item + WIDTH)
    }
    return items
  }

  #intern(items: number[]): number {
    if (items.length === 0) return DEAD
    const key = items.sort((a, b) => a - b).join()
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    this.#ids.set(key, this.#states.length)
    return this.#states.push(createState(items)) - 1
  }

  #opAt(item: number): Op {
    return this.#code[Math.floor(item / WIDTH)]!.op
  }
}

export const DEAD = 0
export const START = 1

interface State {
  /** Instructions that the path may be at, times WIDTH, and in a text plus how much of it was read; or BEHIND_SLASH. */
  readonly items: readonly number[]
  readonly next: Map<number, number>
}

const WIDTH = 2 ** 20
const BEHIND_SLASH = -1
const SLASH = 47

function createState(items: readonly number[]): State {
  return { items, next: new Map() }
}

/** A literal is compared with paths without their slash: one that kept its own takes none (route-table.ts). */
function toCode(literal: string): Instruction[] {
  if (literal.length > 1 && literal.endsWith('/')) return []
  const none = {
    set: new Uint8Array(0),
    slot: 0,
    next: 0,
    other: 0,
    row: 0,
    edge: undefined,
    look: undefined,
  }
  return [
    { ...none, op: Op.text, text: literal },
    { ...none, op: Op.match, text: '' },
  ]
}
