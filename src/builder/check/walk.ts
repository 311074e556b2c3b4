import type { Expression, Located, Program, Statement } from '../config/index.ts'

/** Any node of a syntax tree; `isNode` says more of those that a rule is after. */
export interface SyntaxNode extends Located {
  type: string
}

type Known = Expression | Statement

/** Calls `visit` for every node of a tree, in no particular order. */
export function walk(root: Program, visit: (node: SyntaxNode) => void): void {
  const open: unknown[] = [...root.body]
  while (open.length > 0) {
    const next = open.pop()
    if (Array.isArray(next)) open.push(...(next as unknown[]))
    if (!isSyntaxNode(next)) continue
    visit(next)
    for (const [key, value] of Object.entries(next))
      if (typeof value === 'object' && value !== null && !NOT_CODE.has(key)) open.push(value)
  }
}

/** Fields of a node that hold no code. */
const NOT_CODE = new Set(['loc', 'extra', 'leadingComments', 'innerComments', 'trailingComments'])

function isSyntaxNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as SyntaxNode).type === 'string'
}

export function isNode<Type extends Known['type']>(
  node: { type: string } | null | undefined,
  type: Type,
): node is Extract<Known, { type: Type }> {
  return node?.type === type
}

/** What `f(x, …)`, `new F(x, …)` and `import(x)` are given first; undefined: nothing, or what is spread. */
export function readFirstArgument(node: SyntaxNode): Expression | undefined {
  if (node.type === 'ImportExpression') return (node as SyntaxNode & { source: Expression }).source
  if (!isNode(node, 'CallExpression') && !isNode(node, 'NewExpression')) return undefined
  const [first] = node.arguments
  return first?.type === 'SpreadElement' || first?.type === 'ArgumentPlaceholder' ? undefined : first
}

/** `name` of `x.name` and `x["name"]`. */
export function readProperty(node: Extract<Expression, { type: 'MemberExpression' }>): string | undefined {
  const { property, computed } = node
  if (!computed) return property.type === 'Identifier' ? property.name : undefined
  return property.type === 'StringLiteral' ? property.value : undefined
}
