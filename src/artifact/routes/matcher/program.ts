import { UnsupportedGroupError } from '../patterns/group-syntax.ts'
import type { Tree } from '../patterns/tree.ts'

/**
 * A tree as instructions for the matcher (matcher.ts).
 *
 *   text       the path goes on with `text`              split   try `next`, and if that fails `other`
 *   set        the next character is in `set`            jump    go on at `next`
 *   save       note the position in `slot`               match   the path must end here
 *   not-empty  fail when nothing was read since `slot`   assert  `regexp` holds here
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
  readonly regexp: RegExp | undefined
}

export const Op = { text: 0, set: 1, split: 2, jump: 3, save: 4, notEmpty: 5, assert: 6, match: 7 } as const
export type Op = (typeof Op)[keyof typeof Op]

export interface Program {
  readonly code: readonly Instruction[]
  /** Number of `split` instructions. */
  readonly rows: number
  readonly captures: number
}

/** `(?:a{100}){100}` is written in a moment: what it unfolds to has an end. */
const MAX_INSTRUCTIONS = 2000
const NO_SET = new Uint8Array(0)

/** @throws UnsupportedGroupError the pattern unfolds to more than MAX_INSTRUCTIONS. */
export function compileProgram(tree: Tree, captures: number): Program {
  const compiler = new Compiler()
  compiler.emitTree(tree)
  compiler.emit(Op.match)
  return { code: compiler.code, rows: compiler.rows, captures }
}

class Compiler {
  readonly code: Instruction[] = []
  rows = 0

  emitTree(tree: Tree): void {
    switch (tree.kind) {
      case 'text':
        if (tree.text !== '') this.emit(Op.text, { text: tree.text.toLowerCase() })
        return
      case 'set':
        this.emit(Op.set, { set: tree.set })
        return
      case 'assertion':
        this.emit(Op.assert, { regexp: tree.regexp })
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
    for (let i = 0; i < min; i++) this.emitTree(item)
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

  #split(): Instruction {
    return this.emit(Op.split, { row: this.rows++ })
  }

  emit(op: Op, given: Partial<Instruction> = {}): Instruction {
    if (this.code.length >= MAX_INSTRUCTIONS)
      throw new UnsupportedGroupError(`has repeats that unfold to more than ${MAX_INSTRUCTIONS} steps`)
    const instruction: Instruction = {
      op,
      text: given.text ?? '',
      set: given.set ?? NO_SET,
      slot: given.slot ?? 0,
      next: this.code.length + 1,
      other: 0,
      row: given.row ?? 0,
      regexp: given.regexp,
    }
    this.code.push(instruction)
    return instruction
  }
}
