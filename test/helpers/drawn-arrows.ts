import { readFileSync } from 'node:fs'
import type { Arrows } from '../../src/base/lib/index.ts'

/**
 * The arrows of the state machines that the comments of a source file draw, as `from → to`, sorted. A line of a drawing is
 * states with arrows between them: `a ── why ──> b ─ why ─> c`; `a | b` stands for both.
 */
export function readDrawnArrows(file: URL): string[] {
  const drawing = [...readFileSync(file, 'utf8').matchAll(/^ \* {3}(\w.* ─+> .*)$/gm)].map(
    ([, line]) => line!,
  )
  const arrows: string[] = []
  for (const line of drawing) {
    const places = line
      .split(/ ─+ [^─]* ─+> /)
      .map((place) => place.match(/\w+(?: \| \w+)*/)![0].split(' | '))
    for (const [i, to] of places.slice(1).entries())
      for (const from of places[i]!) for (const one of to) arrows.push(`${from} → ${one}`)
  }
  return unique(arrows)
}

/** The arrows of tables, in the same form. */
export function listArrows(...tables: Arrows<string>[]): string[] {
  const arrows = tables.flatMap((table) =>
    Object.entries(table).flatMap(([from, tos]) => tos.map((to) => `${from} → ${to}`)),
  )
  return unique(arrows)
}

/** Which arrows of a machine a test has walked. */
export class Walk {
  readonly #walked: string[] = []

  get arrows(): string[] {
    return unique(this.#walked)
  }

  /** Does something to the machine, which may take it one arrow on. */
  step(read: () => string, act: () => void): void {
    const look = this.watch(read)
    act()
    look()
  }

  /** For a machine that goes on by itself. @returns what to call after each arrow: the state it finds is the next one. */
  watch(read: () => string): () => void {
    let from = read()
    return () => {
      const to = read()
      if (from !== to) this.#walked.push(`${from} → ${to}`)
      from = to
    }
  }
}

function unique(arrows: string[]): string[] {
  return [...new Set(arrows)].toSorted()
}
