import type { ParseResult } from '@babel/parser'

/** The parts of Babel's syntax tree that the analysis looks at, taken from the parser's own types. */
export type Program = ParseResult['program']
export type Statement = Program['body'][number]
export type Expression = Extract<Statement, { type: 'ExpressionStatement' }>['expression']
export type ObjectExpression = Extract<Expression, { type: 'ObjectExpression' }>
export type CallExpression = Extract<Expression, { type: 'CallExpression' }>
export type VariableDeclaration = Extract<Statement, { type: 'VariableDeclaration' }>

/** Anything with a position. */
export interface Located {
  loc?: { start: { line: number; column: number } } | null
}

/** Where a node stands; line and column count from 1. */
export function placeOf(node: Located): { line: number; column: number } {
  const start = node.loc?.start
  return { line: start?.line ?? 1, column: (start?.column ?? 0) + 1 }
}

/** The expression inside `as T`, `satisfies T`, `<T>…` and a trailing `!`, and whether there was any (D15c). */
export function unwrapTypes(expression: Expression): { inner: Expression; wrapped: boolean } {
  let inner = expression
  while (
    inner.type === 'TSAsExpression' ||
    inner.type === 'TSSatisfiesExpression' ||
    inner.type === 'TSTypeAssertion' ||
    inner.type === 'TSNonNullExpression'
  )
    inner = inner.expression
  return { inner, wrapped: inner !== expression }
}

/** The name of `name` and `"name"`, as they stand in exports and object keys. */
export function nameOf(node: { type: string; name?: unknown; value?: unknown }): string | undefined {
  if (node.type === 'Identifier' && typeof node.name === 'string') return node.name
  if (node.type === 'StringLiteral' && typeof node.value === 'string') return node.value
  return undefined
}

/** An expression in the words of a message. */
export function describeExpression(expression: Expression): string {
  switch (expression.type) {
    case 'Identifier':
      return `the variable \`${expression.name}\``
    case 'TemplateLiteral':
      return 'a template literal'
    case 'CallExpression':
    case 'NewExpression':
      return 'the result of a call'
    case 'MemberExpression':
      return 'a property of another value'
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'UnaryExpression':
    case 'ConditionalExpression':
      return 'a computed value'
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
    case 'ClassExpression':
      return 'a function or class'
    case 'RegExpLiteral':
      return 'a regular expression'
    case 'StringLiteral':
    case 'NumericLiteral':
    case 'BooleanLiteral':
    case 'NullLiteral':
      return 'a plain value'
    case 'ArrayExpression':
      return 'an array'
    case 'ObjectExpression':
      return 'an object'
    default:
      return 'an expression'
  }
}
