/** A delivery that no handler sees: it is answered with 400 (runtime.md §9.3). */
export class InvalidPayload extends Error {
  readonly #isWholeSentence: boolean

  constructor(reason: string, isWholeSentence = false) {
    super(reason)
    this.#isWholeSentence = isWholeSentence
  }

  describe(slug: string): string {
    return this.#isWholeSentence ? this.message : `Invalid event payload for "${slug}": ${this.message}`
  }
}

export type Fields = Record<string, unknown>

/** @throws InvalidPayload */
export function requireObject(value: unknown, reason: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new InvalidPayload(reason)
  return value as Fields
}

/** @throws InvalidPayload naming the first of `names` that is not a string. */
export function requireStrings(fields: Fields, prefix: string, names: readonly string[]): void {
  for (const name of names)
    if (typeof fields[name] !== 'string') throw new InvalidPayload(`missing "${prefix}.${name}"`)
}
