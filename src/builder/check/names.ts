import type { Expression, Program } from '../config/index.ts'
import { isNode, readProperty, type SyntaxNode, walk } from './walk.ts'

/** What a name means everywhere in a file: declared once, or it is not in here. */
export type Meaning =
  | { kind: 'constant'; value: Expression }
  /** `imported` is `*` for the whole module. */
  | { kind: 'import'; from: string; imported: string }

export interface Names {
  find(name: string): Meaning | undefined
  /** Declared in this file, in whatever way: then it is not a global. */
  isDeclared(name: string): boolean
  /** The name of a function of a module, however it was imported: `fs.readFile`, `path.join`; globals: `process.cwd`. */
  nameCallee(callee: { type: string }): string | undefined
}

/**
 * The names of a file without their scopes: one that is declared twice, in whatever function, is not known here, so
 * that nothing is said that might not hold.
 */
export function readNames(program: Program): Names {
  const counts = new Map<string, number>()
  const meanings = new Map<string, Meaning>()

  function declare(name: string, meaning?: Meaning): void {
    counts.set(name, (counts.get(name) ?? 0) + 1)
    if (meaning !== undefined) meanings.set(name, meaning)
  }

  walk(program, (node) => {
    if (isNode(node, 'ImportDeclaration')) {
      for (const specifier of node.specifiers) {
        const { local } = specifier
        const imported = specifier.type === 'ImportSpecifier' ? nameOfSpecifier(specifier.imported) : '*'
        declare(local.name, { kind: 'import', from: node.source.value, imported })
      }
    } else if (node.type === 'VariableDeclarator') declareVariable(node as Declarator, declare)
    else if (isFunction(node)) {
      if (node.id) declare(node.id.name)
      for (const parameter of node.params ?? []) declarePattern(parameter, declare)
    } else if (isNode(node, 'ClassDeclaration') && node.id) declare(node.id.name)
    else if (node.type === 'CatchClause') declarePattern((node as { param?: Pattern }).param, declare)
    // Assigned again: no constant.
    else if (isNode(node, 'AssignmentExpression')) declarePattern(node.left as Pattern, declare)
  })

  const find = (name: string) => (counts.get(name) === 1 ? meanings.get(name) : undefined)

  function nameCallee(callee: { type: string }): string | undefined {
    if (isNode(callee, 'Identifier')) {
      const meaning = find(callee.name)
      if (meaning?.kind === 'import') return joinName(meaning.from, meaning.imported)
      return counts.has(callee.name) ? undefined : callee.name
    }
    if (!isNode(callee, 'MemberExpression')) return undefined
    const object = nameCallee(callee.object)
    const property = readProperty(callee)
    return object === undefined || property === undefined ? undefined : shorten(`${object}.${property}`)
  }

  return { find, isDeclared: (name) => counts.has(name), nameCallee }
}

type Declarator = SyntaxNode & { id: Pattern; init?: Expression | null }
type Pattern = SyntaxNode & { name?: string; properties?: Pattern[]; elements?: (Pattern | null)[] }
type Part = Pattern & {
  key?: Pattern
  value?: Pattern
  argument?: Pattern
  left?: Pattern
  computed?: boolean
}

function declareVariable({ id, init }: Declarator, declare: (name: string, meaning?: Meaning) => void): void {
  const from = init ? readRequire(init) : undefined
  if (id.type === 'Identifier' && id.name !== undefined) {
    if (from !== undefined) declare(id.name, { kind: 'import', from, imported: '*' })
    else declare(id.name, init ? { kind: 'constant', value: init } : undefined)
  } else if (from !== undefined && id.type === 'ObjectPattern')
    for (const { key, value } of (id.properties ?? []) as Part[])
      if (key?.name !== undefined && value?.type === 'Identifier' && value.name !== undefined)
        declare(value.name, { kind: 'import', from, imported: key.name })
      else declarePattern(value, declare)
  else declarePattern(id, declare)
}

function declarePattern(
  pattern: Pattern | null | undefined,
  declare: (name: string, meaning?: Meaning) => void,
): void {
  if (!pattern) return
  if (pattern.type === 'Identifier' && pattern.name !== undefined) declare(pattern.name)
  const { value, argument, left } = pattern as Part
  if (pattern.type === 'ObjectProperty') declarePattern(value, declare)
  else if (pattern.type === 'RestElement') declarePattern(argument, declare)
  else if (pattern.type === 'AssignmentPattern') declarePattern(left, declare)
  for (const part of [...(pattern.properties ?? []), ...(pattern.elements ?? [])])
    declarePattern(part, declare)
}

function isFunction(node: SyntaxNode): node is SyntaxNode & { id?: { name: string }; params?: Pattern[] } {
  return /Function|ObjectMethod|ClassMethod|ClassPrivateMethod/.test(node.type)
}

function nameOfSpecifier(imported: { type: string; name?: string; value?: string }): string {
  const name = imported.name ?? imported.value ?? ''
  return name === 'default' ? '*' : name
}

function readRequire(init: Expression): string | undefined {
  if (!isNode(init, 'CallExpression') || !isNode(init.callee, 'Identifier')) return undefined
  const [argument] = init.arguments
  return init.callee.name === 'require' && argument?.type === 'StringLiteral' ? argument.value : undefined
}

function joinName(from: string, imported: string): string {
  const module = from.replace(/^node:/, '')
  return shorten(imported === '*' ? module : `${module}.${imported}`)
}

/** The ways to one and the same function: `fs.promises.readFile` and `fs/promises.readFile`, `path.posix.join` … */
function shorten(name: string): string {
  return name
    .replace(/^(fs-extra|graceful-fs)\b/, 'fs')
    .replace(/^fs\.promises\b/, 'fs/promises')
    .replace(/^path[./]posix\b/, 'path')
    .replace(/^(fs|fs\/promises|path|url|process)\.default\b/, '$1')
}
