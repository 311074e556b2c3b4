import { UnsupportedGroupError } from '../patterns/group-syntax.ts'
import { type Edge, reverse, type Tree } from '../patterns/tree.ts'

/**
 * A tree as instructions for the matcher (matcher.ts).
 *
 *   text       the path goes on with `text`              split   try `next`, and if that fails `other`
 *   set        the next character is in `set`            jump    go on at `next`
 *   save       note the position in `slot`               match   the path must end here
 *   not-empty  fail when nothing was read since `slot`   edge    `edge` holds here
 *                                                        look    `look` holds here (look.ts)
 */
export interface Instruction {
  readonly op: Op
  readonly text: string
  readonly set: Uint8Array
  readonly slot: number
  next: number
  other: number
  /** For `split`: its row in the matcher's table of states that have failed. */
  readonly row: number
  readonly edge: Edge | undefined
  readonly look: Look | undefined
}

export const Op = {
  text: 0,
  set: 1,
  split: 2,
  jump: 3,
  save: 4,
  notEmpty: 5,
  edge: 6,
  match: 7,
  look: 8,
} as const
export type Op = (typeof Op)[keyof typeof Op]

export interface Program {
  readonly code: readonly Instruction[]
  /** Number of `split` instructions. */
  readonly rows: number
  readonly captures: number
}

/** A look ahead or behind: a program of its own, without captures, and what it said of the path that was asked last. */
export interface Look {
  /** Reads the path forwards for a look behind, and backwards for a look ahead. */
  readonly program: Program
  readonly isBehind: boolean
  readonly isNegated: boolean
  last: { readonly path: string; readonly places: Uint8Array } | undefined
}

/** `(?:a{100}){100}` is written in a moment: what it unfolds to has an end. */
const MAX_INSTRUCTIONS = 2000
const NO_SET = new Uint8Array(0)

/** @throws UnsupportedGroupError the pattern unfolds to more than MAX_INSTRUCTIONS. */
export function compileProgram(tree: Tree, captures: number): Program {
  return compileWithin(tree, captures, { left: MAX_INSTRUCTIONS })
}

function compileWithin(tree: Tree, captures: number, budget: Budget): Program {
  const compiler = new Compiler(budget)
  compiler.emitTree(tree)
  compiler.emit(Op.match)
  return { code: compiler.code, rows: compiler.rows, captures }
}

/** Instructions that a pattern and the looks in it may still have together. */
interface Budget {
  left: number
}

class Compiler {
  readonly code: Instruction[] = []
  readonly #budget: Budget
  rows = 0

  constructor(budget: Budget) {
    this.#budget = budget
  }

  emitTree(tree: Tree): void {
    switch (tree.kind) {
      case 'text':
        if (tree.text !== '') this.emit(Op.text, { text: tree.text.toLowerCase() })
        return
      case 'set':
        this.emit(Op.set, { set: tree.set })
        return
      case 'edge':
        this.emit(Op.edge, { edge: tree.edge })
        return
      case 'look':
        this.emit(Op.look, { look: this.#compileLook(tree) })
        return
      case 'sequence':
        for (const item of tree.items) this.emitTree(item)
        return
      case 'choice':
        return this.#emitChoice(tree.items)
      case 'capture':
        this.emit(Op.save, { slot: tree.index * 2 })
        this.emitTree(tree.item)
        this.emit(Op.save, { slot: tree.index * 2 + 1 })
        return
      case 'repeat':
        return this.#emitRepeat(tree)
    }
  }

  #emitChoice(items: readonly Tree[]): void {
    const exits: Instruction[] = []
    for (const [i, item] of items.entries()) {
      if (i === items.length - 1) {
        this.emitTree(item)
        break
      }
      const split = this.#split()
      split.next = this.code.length
      this.emitTree(item)
      exits.push(this.emit(Op.jump))
      split.other = this.code.length
    }
    for (const exit of exits) exit.next = this.code.length
  }

  #emitRepeat({ item, min, max, isGreedy }: Extract<Tree, { kind: 'repeat' }>): void {
    for (let i = 0; i < min; i++) {
      const before = this.code.length
      this.emitTree(item)
      // `(?:){1000000000}`: what is empty once is empty as often as one likes.
      if (this.code.length === before) break
    }
    const splits: Instruction[] = []
    const copies = max === Infinity ? 1 : max - min
    for (let i = 0; i < copies; i++) {
      const start = this.code.length
      const split = this.#split()
      splits.push(split)
      if (isGreedy) split.next = this.code.length
      else split.other = this.code.length
      this.emitTree(item)
      // ECMAScript: an optional round that reads nothing does not count, and its capture stays unset.
      if (item.kind === 'capture') this.emit(Op.notEmpty, { slot: item.index * 2 })
      if (max === Infinity) this.emit(Op.jump).next = start
    }
    for (const split of splits)
      if (isGreedy) split.other = this.code.length
      else split.next = this.code.length
  }

  #compileLook({ item, isBehind, isNegated }: Extract<Tree, { kind: 'look' }>): Look {
    const program = compileWithin(isBehind ? item : reverse(item), 0, this.#budget)
    return { program, isBehind, isNegated, last: undefined }
  }

  #split(): Instruction {
    return this.emit(Op.split, { row: this.rows++ })
  }

  emit(op: Op, given: Partial<Instruction> = {}): Instruction {
    if (this.#budget.left-- <= 0)
      throw new UnsupportedGroupError(`is too long: it unfolds to more than ${MAX_INSTRUCTIONS} steps`)
    const instruction: Instruction = {
      op,
      text: given.text ?? '',
      set: given.set ?? NO_SET,
      slot: given.slot ?? 0,
      next: this.code.length + 1,
      other: 0,
      row: given.row ?? 0,
      edge: given.edge,
      look: given.look,
    }
    this.code.push(instruction)
    return instruction
  }
}
