import type { UnreadConfig } from './analysis.ts'
import {
  describeExpression,
  type Expression,
  nameOf,
  type ObjectExpression,
  placeOf,
  unwrapTypes,
} from './ast.ts'
import type { Place } from './report.ts'

export interface Evaluated {
  value: unknown
  /** Parts that have no value here, and why; an empty key is the object itself. */
  unread: UnreadConfig[]
  /** Where the value of each dotted key stands. */
  places: Record<string, Place>
  /** Dotted keys whose value Netlify does not read, since a type assertion stands around it. */
  assertions: string[]
}

/**
 * The value of a literal, without running anything (build.md §3.4). Anything else is `undefined`: a key that
 * is there with that value still erases what netlify.toml says.
 */
export function evaluateLiteral(expression: Expression): Evaluated {
  const result: Evaluated = {
    value: undefined,
    unread: [],
    places: Object.create(null) as Record<string, Place>,
    assertions: [],
  }
  result.value = evaluate(expression, '', result)
  return result
}

function evaluate(expression: Expression, path: string, result: Evaluated): unknown {
  const { inner, wrapped } = unwrapTypes(expression)
  result.places[path] = placeOf(inner)
  if (wrapped && path !== '') result.assertions.push(path)
  switch (inner.type) {
    case 'StringLiteral':
    case 'NumericLiteral':
    case 'BooleanLiteral':
      return inner.value
    case 'NullLiteral':
      return null
    case 'ArrayExpression':
      return inner.elements.map((element, index) => {
        const at = join(path, String(index))
        if (element !== null && element.type !== 'SpreadElement') return evaluate(element, at, result)
        result.unread.push({
          key: at,
          reason: element ? 'a spread' : 'a hole',
          ...placeOf(element ?? inner),
        })
        return undefined
      })
    case 'ObjectExpression':
      return evaluateObject(inner, path, result)
    case 'UnaryExpression':
      // What minifiers make of true and false.
      if (inner.operator === '!' && inner.argument.type === 'NumericLiteral') return !inner.argument.value
  }
  if (inner.type !== 'Identifier' || inner.name !== 'undefined')
    result.unread.push({ key: path, reason: describeExpression(inner), ...placeOf(inner) })
  return undefined
}

/** Without a prototype: a key called `__proto__` or `constructor` is a key like any other. */
function evaluateObject(object: ObjectExpression, path: string, result: Evaluated): Record<string, unknown> {
  const value: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const property of object.properties) {
    const skip = (at: string, reason: string): void => {
      result.unread.push({ key: at, reason, ...placeOf(property) })
    }
    if (property.type === 'SpreadElement') {
      skip(path, 'a spread')
      continue
    }
    const isPlainKey = !property.computed || property.key.type === 'StringLiteral'
    const key = isPlainKey ? nameOf(property.key) : undefined
    if (key === undefined) skip(path, 'a key that is neither a name nor quoted')
    else if (property.type === 'ObjectMethod') skip(join(path, key), 'a method or getter')
    else value[key] = evaluate(property.value as Expression, join(path, key), result)
  }
  return value
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
