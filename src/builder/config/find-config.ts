import {
  describeExpression,
  type Expression,
  nameOf,
  type ObjectExpression,
  placeOf,
  unwrapTypes,
} from './ast.ts'
import type { ModuleExport, ModuleShape } from './module-shape.ts'
import type { Place } from './report.ts'

export interface FoundConfig {
  /** The object literal that is the function's configuration, when there is one. */
  object?: ObjectExpression
  /** A type assertion stands around it, through which Netlify does not see (D15c). */
  hiddenFromNetlify: boolean
  /** Exports or properties called `config` that could not be read. */
  unread: (Place & { reason: string })[]
}

/**
 * The `config` of a web-format function (build.md §3.3): the last named export whose value is an object literal, else
 * the property of the object that is the default export. A named `config` wins even when it is empty.
 */
export function findConfig(shape: ModuleShape, defaultObject: ObjectExpression | undefined): FoundConfig {
  const found: FoundConfig = { hiddenFromNetlify: false, unread: [] }
  for (const entry of shape.exports.filter(({ name }) => name === 'config')) {
    const candidate = readNamed(entry, shape)
    if ('reason' in candidate) {
      // TypeScript's CommonJS output declares its exports first: exports.config = void 0.
      if (!isVoid(entry.value)) found.unread.push({ reason: candidate.reason, ...placeOf(entry.node) })
    } else Object.assign(found, candidate)
  }
  if (found.object !== undefined) return { ...found, unread: [] }
  return readProperty(defaultObject, found)
}

type Candidate = Required<Pick<FoundConfig, 'object' | 'hiddenFromNetlify'>> | { reason: string }

function readNamed(entry: ModuleExport, shape: ModuleShape): Candidate {
  if (entry.from !== undefined) return { reason: `it comes from "${entry.from}"` }
  if (entry.how === 'function') return { reason: 'it is a function' }
  if (entry.how === 'opaque') return { reason: 'it is a class or destructured' }
  if (entry.how === 'declared' || entry.how === 'commonjs')
    return entry.value === undefined
      ? { reason: 'it has no value where it is declared' }
      : readObject(entry.value)
  const binding = shape.bindings.get(entry.local ?? '')
  if (binding?.kind === 'value' && binding.value !== undefined) return readObject(binding.value)
  if (binding?.kind === 'import') return { reason: `it comes from "${binding.from}"` }
  return { reason: 'its value is not a literal in this file' }
}

function readObject(value: Expression): Candidate {
  const { inner, wrapped } = unwrapTypes(value)
  if (inner.type === 'ObjectExpression') return { object: inner, hiddenFromNetlify: wrapped }
  return { reason: `it is ${describeExpression(inner)}` }
}

function readProperty(object: ObjectExpression | undefined, found: FoundConfig): FoundConfig {
  const result = { ...found }
  for (const property of object?.properties ?? []) {
    if (property.type === 'SpreadElement' || nameOf(property.key) !== 'config') continue
    if (property.computed && property.key.type !== 'StringLiteral') continue
    const candidate: Candidate =
      property.type === 'ObjectProperty'
        ? readObject(property.value as Expression)
        : { reason: 'it is a method or getter' }
    if ('reason' in candidate) result.unread.push({ reason: candidate.reason, ...placeOf(property) })
    else Object.assign(result, candidate)
  }
  return result
}

function isVoid(value: Expression | undefined): boolean {
  return value?.type === 'UnaryExpression' && value.operator === 'void'
}
