/** What a pattern matches, as a tree of the regular expressions' own building blocks. */
export type Tree =
  | { kind: 'text'; text: string }
  /** One character out of 128: paths are ASCII, everything else is percent-encoded. */
  | { kind: 'set'; set: Uint8Array }
  | { kind: 'sequence'; items: Tree[] }
  | { kind: 'choice'; items: Tree[] }
  | { kind: 'repeat'; item: Tree; min: number; max: number; isGreedy: boolean }
  | { kind: 'capture'; index: number; item: Tree }
  /** A look around without width (`(?!…)`, `\b`), asked of the engine at one position: `regexp` is sticky. */
  | { kind: 'assertion'; regexp: RegExp }

export const EMPTY: Tree = { kind: 'sequence', items: [] }

/** The set of characters that the engine's own `expression` for one character matches, whatever their case. */
export function createSet(expression: string, flag: 'u' | 'v' = 'v'): Uint8Array {
  const regexp = new RegExp(`^(?:${expression})$`, `${flag}i`)
  return Uint8Array.from({ length: 128 }, (_, code) => (regexp.test(String.fromCharCode(code)) ? 1 : 0))
}
