import { readFileSync } from 'node:fs'

/**
 * The arrows of the state machine that is drawn at the head of a source file, as `from → to`, sorted. A line of the
 * drawing is states with arrows between them: `a ── why ──> b ── why ──> c`; `a | b` stands for both.
 */
export function readDrawnArrows(file: URL): string[] {
  const drawing = [...readFileSync(file, 'utf8').matchAll(/^ \* +(.*──>.*)$/gm)].map(([, line]) => line!)
  const arrows = new Set<string>()
  for (const line of drawing) {
    const places = line.split(/ ── [^─]* ──> /).map((place) => place.trim().split(' | '))
    for (const [i, to] of places.slice(1).entries())
      for (const from of places[i]!) for (const one of to) arrows.add(`${from} → ${one}`)
  }
  return [...arrows].sort()
}
