import { decodeOrKeep } from '../paths/compared-path.ts'

/** Parameters that a rule asks for (dev-and-edge.md §2.5). Others may be there too, in any order. */
export interface QueryPattern {
  readonly fixed: readonly FixedParameter[]
  readonly captures: readonly { readonly parameter: string; readonly name: string }[]
}

interface FixedParameter {
  readonly parameter: string
  /** As it is written, and decoded: a rule may be written either way. */
  readonly values: readonly string[]
}

export function compileQueryPattern(query: Readonly<Record<string, string>>): QueryPattern {
  const fixed: FixedParameter[] = []
  const captures: { parameter: string; name: string }[] = []
  for (const [key, value] of Object.entries(query)) {
    const parameter = decodeForm(key)
    if (value.length > 1 && value.startsWith(':')) captures.push({ parameter, name: value.slice(1) })
    else fixed.push({ parameter, values: [value, decodeForm(value)] })
  }
  return { fixed, captures }
}

/** Parameters of a request by name. Of a name that is there twice the last value counts; one without `=` is not there. */
export function readParameters(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  for (const part of query.slice(1).split('&')) {
    const equals = part.indexOf('=')
    if (equals > 0) parameters.set(decodeForm(part.slice(0, equals)), decodeForm(part.slice(equals + 1)))
  }
  return parameters
}

/** What the names of `pattern` stand for, encoded again; undefined when the query does not match. */
export function matchQuery(
  { fixed, captures }: QueryPattern,
  parameters: ReadonlyMap<string, string>,
): readonly string[] | undefined {
  for (const { parameter, values } of fixed) {
    const value = parameters.get(parameter)
    if (value === undefined || !values.includes(value)) return undefined
  }
  const found: string[] = []
  for (const { parameter } of captures) {
    const value = parameters.get(parameter)
    if (value === undefined) return undefined
    found.push(encodeForm(value))
  }
  return found
}

function decodeForm(text: string): string {
  return /[%+]/.test(text) ? decodeOrKeep(text.replaceAll('+', ' ')) : text
}

/** Letters, digits and `-._~` stay, a space becomes `+` (dev-and-edge.md §2.4). */
function encodeForm(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replaceAll('%20', '+')
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
