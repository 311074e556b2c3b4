import type { CompiledRoute } from '../config/index.ts'

/**
 * Whether every request that `specific` matches is matched by `general` as well. Certain when true: only the plain
 * forms are compared, literals, `:name`, a `*` at the end, and what reads the same (runtime.md §14.2).
 */
export function covers(general: CompiledRoute, specific: CompiledRoute): boolean {
  if (!coversMethods(general.methods, specific.methods)) return false
  if (specific.literal !== undefined) return matchesLiteral(general, specific.literal)
  if (general.literal !== undefined) return false
  if (withoutNames(general.pattern) === withoutNames(specific.pattern)) return true
  return coversSegments(splitSegments(general.pattern), splitSegments(specific.pattern))
}

/** No methods are all methods. */
function coversMethods(general: readonly string[], specific: readonly string[]): boolean {
  if (general.length === 0) return true
  return specific.length > 0 && specific.every((method) => general.includes(method))
}

function matchesLiteral({ literal, expression }: CompiledRoute, path: string): boolean {
  const plain = (text: string) => (text.length > 1 ? text.replace(/\/$/, '') : text).toLowerCase()
  if (literal !== undefined) return plain(literal) === plain(path)
  // Our own build has made the expression, and refused any that could stall (D23).
  return expression !== undefined && new RegExp(expression, 'i').test(plain(path))
}

function withoutNames(pattern: string): string {
  return pattern.toLowerCase().replace(/:[\p{ID_Start}$_][\p{ID_Continue}$]*/gu, ':')
}

type Segment = { kind: 'text'; text: string } | { kind: 'name' | 'rest' | 'other' }

function splitSegments(pattern: string): Segment[] {
  const segments = pattern.slice(1).split('/')
  return segments.map((segment, index): Segment => {
    if (/^[\w\-.~]+$/.test(segment)) return { kind: 'text', text: segment.toLowerCase() }
    if (/^:[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(segment)) return { kind: 'name' }
    return { kind: segment === '*' && index === segments.length - 1 ? 'rest' : 'other' }
  })
}

function coversSegments(general: readonly Segment[], specific: readonly Segment[]): boolean {
  for (const [index, segment] of general.entries()) {
    const other = specific[index]
    // `/*` takes everything; `/a/*` whatever has a name after `/a`, which an optional group need not have.
    if (segment.kind === 'rest') return index === 0 || (other !== undefined && other.kind !== 'other')
    if (other === undefined || !coversSegment(segment, other)) return false
  }
  return general.length === specific.length
}

function coversSegment(general: Segment, specific: Segment): boolean {
  if (general.kind === 'name') return specific.kind === 'name' || specific.kind === 'text'
  return general.kind === 'text' && specific.kind === 'text' && general.text === specific.text
}
