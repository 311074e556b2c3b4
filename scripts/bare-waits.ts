import { parse } from '@babel/parser'

interface Node {
  type: string
  loc?: { start: { line: number } } | null
}

/**
 * Waits for a time in a test: `setTimeout` of `timers/promises`, and promises of a bare `setTimeout`. Code for functions stands in
 * strings, and is none of the test's own. A timer that is kept may be cleared: that is a deadline, not a wait.
 */
export function findBareWaits(path: string, source: string): string[] {
  if (!source.includes('setTimeout')) return []
  const { program } = parse(source, {
    sourceType: 'module',
    plugins: ['typescript'],
  })
  const waits: string[] = []
  const add = (node: Node): void => {
    waits.push(`${path}:${node.loc?.start.line}: wait for a condition (test/helpers/wait.ts)`)
  }
  visit(program, [], (node, parents) => {
    if (isTimerImport(node) || (isTimerCall(node) && isWaitedFor(parents))) add(node)
  })
  return waits
}

function visit(
  node: Node,
  parents: readonly Node[],
  onNode: (node: Node, parents: readonly Node[]) => void,
): void {
  onNode(node, parents)
  const below = [...parents, node]
  for (const value of Object.values(node))
    for (const each of Array.isArray(value) ? value : [value]) if (isNode(each)) visit(each, below, onNode)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
}

function isTimerImport(node: Node): boolean {
  const { source, specifiers } = node as {
    source?: { value: string }
    specifiers?: { imported?: { name?: string } }[]
  }
  if (node.type !== 'ImportDeclaration' || !/^(node:)?timers\/promises$/.test(source?.value ?? ''))
    return false
  return specifiers!.some(({ imported }) => imported?.name === 'setTimeout')
}

/** `setTimeout(resolve, …)`: a name, not a function with something to do. */
function isTimerCall(node: Node): boolean {
  const { callee, arguments: args } = node as { callee?: Node & { name?: string }; arguments?: Node[] }
  return node.type === 'CallExpression' && callee?.name === 'setTimeout' && args?.[0]?.type === 'Identifier'
}

/** Its result is not kept, and the function around it is that of a `new Promise`. */
function isWaitedFor(parents: readonly Node[]): boolean {
  const at = parents.findLastIndex(
    ({ type }) => type === 'ArrowFunctionExpression' || type === 'FunctionExpression',
  )
  const { type, callee } = (parents[at - 1] ?? {}) as { type?: string; callee?: { name?: string } }
  const isKept = parents
    .slice(at + 1)
    .some((node) => /^(AssignmentExpression|VariableDeclarator)$/.test(node.type))
  return type === 'NewExpression' && callee?.name === 'Promise' && !isKept
}
