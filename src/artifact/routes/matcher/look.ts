import type { Edge } from '../patterns/tree.ts'
import { type Instruction, type Look, Op } from './program.ts'

/**
 * Whether a look ahead or behind, or an edge, holds at `at`. All positions of a path are answered at once for a look, when
 * the first is asked: its program is followed in all its states together, from one end of the path to the other, and begins
 * anew at every position. So the time is pattern × path, however often the look is met (D23). A look has no captures, and
 * which of several ways it is matched does not matter.
 *
 * A look behind reads forwards and holds where a match ends. A look ahead has its program reversed, reads backwards,
 * and holds where such a match ends, which is where it begins.
 */
export function holds({ edge, look }: Instruction, path: string, at: number): boolean {
  if (look === undefined) return isEdge(edge!, path, at)
  if (look.last?.path !== path) look.last = { path, places: findPlaces(look, path) }
  return (look.last.places[at] === 1) !== look.isNegated
}

/** @param path ASCII, as everywhere here: what is a word's character does not depend on flags then. */
function isEdge(edge: Edge, path: string, at: number): boolean {
  if (edge === '^') return at === 0
  if (edge === '$') return at === path.length
  return (isWord(path, at - 1) !== isWord(path, at)) === (edge === '\\b')
}

function isWord(path: string, at: number): boolean {
  return /\w/.test(path.charAt(at))
}

function findPlaces(look: Look, path: string): Uint8Array {
  const { program, isBehind } = look
  const places = new Uint8Array(path.length + 1)
  let reached: number[] = []
  for (let i = 0; i <= path.length; i++) {
    const at = isBehind ? i : path.length - i
    const { readers, isMatch } = follow(program.code, [...reached, 0], path, at)
    if (isMatch) places[at] = 1
    const char = path.charCodeAt(isBehind ? at : at - 1)
    reached = readers.filter((pc) => program.code[pc]!.set[char] === 1).map((pc) => pc + 1)
  }
  return places
}

/** Follows what reads nothing. @returns the instructions that read the next character. */
function follow(
  code: Look['program']['code'],
  open: number[],
  path: string,
  at: number,
): { readers: number[]; isMatch: boolean } {
  const seen = new Uint8Array(code.length)
  const readers: number[] = []
  let isMatch = false
  for (let pc = open.pop(); pc !== undefined; pc = open.pop()) {
    if (seen[pc] === 1) continue
    seen[pc] = 1
    const step = code[pc]!
    if (step.op === Op.set) readers.push(pc)
    else if (step.op === Op.match) isMatch = true
    else if (step.op === Op.split) open.push(step.next, step.other)
    else if (step.op === Op.jump) open.push(step.next)
    else if (holds(step, path, at)) open.push(pc + 1)
  }
  return { readers, isMatch }
}
