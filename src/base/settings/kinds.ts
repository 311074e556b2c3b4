/** A kind of value: how the text of a flag or variable, or a value of a file, becomes one. */
export interface Kind<T> {
  /** @returns undefined: it is not of this kind. */
  parse(given: unknown): T | undefined
  /** For messages: `expected …`. */
  readonly expected: string
  /** What stands for the value in help, `<number>`. Undefined: the flag alone says true. */
  readonly argument: string | undefined
}

export function integer(min: number, max: number, of: string): Kind<number> {
  return {
    parse: (given) => toInteger(given, min, max),
    expected: `${of} from ${min} to ${max}`,
    argument: '<number>',
  }
}

export function oneOf<const T extends string>(values: readonly T[], argument: string): Kind<T> {
  return {
    parse: (given) => values.find((value) => value === given),
    expected: `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`,
    argument,
  }
}

export function text(expected: string, argument: string): Kind<string> {
  return {
    parse: (given) => (typeof given === 'string' && given !== '' ? given : undefined),
    expected,
    argument,
  }
}

/** @param pattern what the whole of it must match */
export function pattern(pattern: RegExp, expected: string, argument: string): Kind<string> {
  return {
    parse: (given) => (typeof given === 'string' && pattern.test(given) ? given : undefined),
    expected,
    argument,
  }
}

/** A list: of a flag or variable, with commas. */
export function listOf(
  isItem: (item: string) => boolean,
  expected: string,
  argument: string,
): Kind<readonly string[]> {
  return {
    parse(given) {
      const items = typeof given === 'string' ? given.split(',').map((item) => item.trim()) : given
      if (!Array.isArray(items)) return undefined
      const isGood = items.every((item): item is string => typeof item === 'string' && isItem(item))
      return isGood ? items : undefined
    },
    expected,
    argument,
  }
}

/** Kept without a slash at its end, so that paths can follow. */
export function absoluteUrl(argument: string): Kind<string> {
  return {
    parse: (given) => (URL.canParse(String(given)) ? String(given).replace(/\/$/, '') : undefined),
    expected: 'an absolute URL',
    argument,
  }
}

export const BOOLEAN: Kind<boolean> = {
  parse(given) {
    if (given === true || given === 'true' || given === '1') return true
    if (given === false || given === 'false' || given === '0') return false
    return undefined
  },
  expected: 'true or false',
  argument: undefined,
}

export const WHOLE_NUMBER: Kind<number> = {
  parse: (given) => toInteger(given, 0, 2 ** 40),
  expected: 'a whole number',
  argument: '<number>',
}

function toInteger(given: unknown, min: number, max: number): number | undefined {
  const number = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= min && number <= max
    ? number
    : undefined
}
