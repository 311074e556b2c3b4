import { holds } from './look.ts'
import { type Instruction, Op, type Program } from './program.ts'

/**
 * Runs a program over a whole path and finds the same match, with the same captures, as a backtracking engine would:
 * alternatives are tried in order. Unlike such an engine it remembers, per `split` and position, that it has been
 * there: since nothing that follows depends on how a state was reached, a state that failed once fails always. So each
 * is explored once, and the time is bounded by pattern × path (D23).
 *
 * @param path ASCII. Letters match without regard to case.
 * @returns start and end of each capture, -1 where it took no part; valid until the next call. Undefined: no match.
 */
export function runProgram(program: Program, path: string): Int32Array | undefined {
  const { code } = program
  const width = path.length + 1
  if (visited.length * 32 < program.rows * width) visited = new Int32Array(((program.rows * width) >> 5) + 1)
  else visited.fill(0, 0, ((program.rows * width) >> 5) + 1)
  if (slots.length < program.captures * 2) slots = new Int32Array(program.captures * 2)
  slots.fill(-1, 0, program.captures * 2)
  let depth = 0
  let pc = 0
  let at = 0
  for (;;) {
    const step = code[pc]!
    let isAlive = true
    switch (step.op) {
      case Op.text:
        if (startsWith(path, step.text, at)) at += step.text.length
        else isAlive = false
        pc++
        break
      case Op.set:
        if (step.set[path.charCodeAt(at)] === 1) at++
        else isAlive = false
        pc++
        break
      case Op.split: {
        const bit = step.row * width + at
        const mask = 1 << (bit & 31)
        if ((visited[bit >> 5]! & mask) !== 0) {
          isAlive = false
          break
        }
        visited[bit >> 5]! |= mask
        if (!canGoOn(code[step.next]!, path, at)) pc = step.other
        else {
          if (canGoOn(code[step.other]!, path, at)) {
            waiting[depth++] = step.other
            waiting[depth++] = at
          }
          pc = step.next
        }
        break
      }
      case Op.jump:
        pc = step.next
        break
      case Op.save:
        // The old value comes back when what follows fails.
        waiting[depth++] = -1 - step.slot
        waiting[depth++] = slots[step.slot]!
        slots[step.slot] = at
        pc++
        break
      case Op.notEmpty:
        isAlive = slots[step.slot] !== at
        pc++
        break
      case Op.edge:
      case Op.look:
        isAlive = holds(step, path, at)
        pc++
        break
      case Op.match:
        if (at === path.length) return slots
        isAlive = false
    }
    if (isAlive) continue
    for (;;) {
      if (depth === 0) return undefined
      const value = waiting[--depth]!
      const what = waiting[--depth]!
      if (what >= 0) {
        pc = what
        at = value
        break
      }
      slots[-1 - what] = value
    }
  }
}

/** One match runs at a time and none is entered twice: its tables are kept. */
let visited = new Int32Array(64)
let slots = new Int32Array(16)
/** Pairs: an instruction and a position to go on with, or a slot and the value to put back. */
const waiting: number[] = []

/** False when `step` is certain to fail at `at`: most alternatives are ruled out by one character. */
function canGoOn(step: Instruction, path: string, at: number): boolean {
  if (step.op === Op.text) return lower(path.charCodeAt(at)) === step.text.charCodeAt(0)
  if (step.op === Op.set) return step.set[path.charCodeAt(at)] === 1
  return step.op !== Op.match || at === path.length
}

function startsWith(path: string, text: string, at: number): boolean {
  if (path.length - at < text.length) return false
  for (let i = 0; i < text.length; i++)
    if (lower(path.charCodeAt(at + i)) !== text.charCodeAt(i)) return false
  return true
}

function lower(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code
}
