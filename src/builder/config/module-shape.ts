import type { Expression, Located, Program, Statement, VariableDeclaration } from './ast.ts'
import { nameOf } from './ast.ts'

/** Where a name of the file comes from. */
export type Binding =
  | { kind: 'value'; value: Expression | undefined }
  | { kind: 'function' }
  /** Destructuring, a class, an enum, an exported function: the analysis does not look inside. */
  | { kind: 'opaque'; what: string }
  | { kind: 'import'; from: string; imported: string }

/** An export of the file by one name, ES module or CommonJS. */
export interface ModuleExport {
  name: string
  node: Located
  /** Absent when it is declared elsewhere, or when it is not the value of an expression. */
  value?: Expression
  /** The name in this file that is exported: `x` of `export { x as name }`. */
  local?: string
  /** The module of `export { name } from "./x"`. */
  from?: string
  how: 'declared' | 'function' | 'opaque' | 'specifier' | 'quoted-specifier' | 'commonjs'
}

/** What the top-level statements of a file say; nothing below them is looked at (build.md §3). */
export interface ModuleShape {
  format: 'esm' | 'cjs'
  bindings: Map<string, Binding>
  exports: ModuleExport[]
  /** `export *` or `module.exports = …`: there may be exports that are not listed. */
  hasHiddenExports: boolean
}

export function readModuleShape(program: Program): ModuleShape {
  const shape: ModuleShape = { format: 'cjs', bindings: new Map(), exports: [], hasHiddenExports: false }
  for (const statement of program.body) readStatement(statement, shape)
  return shape
}

function readStatement(statement: Statement, shape: ModuleShape): void {
  switch (statement.type) {
    case 'ImportDeclaration':
      shape.format = 'esm'
      if (statement.importKind === 'type') return
      for (const specifier of statement.specifiers) {
        if (specifier.type === 'ImportSpecifier' && specifier.importKind === 'type') continue
        const imported =
          specifier.type === 'ImportSpecifier'
            ? (nameOf(specifier.imported) ?? '')
            : specifier.type === 'ImportDefaultSpecifier'
              ? 'default'
              : '*'
        const from = statement.source.value
        shape.bindings.set(specifier.local.name, { kind: 'import', from, imported })
      }
      return
    case 'ExportNamedDeclaration':
      shape.format = 'esm'
      return readNamedExport(statement, shape)
    case 'ExportDefaultDeclaration':
      shape.format = 'esm'
      return readDefaultExport(statement, shape)
    case 'ExportAllDeclaration':
      shape.format = 'esm'
      if (statement.exportKind !== 'type') shape.hasHiddenExports = true
      return
    case 'VariableDeclaration':
      return readVariables(statement, shape)
    case 'FunctionDeclaration':
      if (statement.id) shape.bindings.set(statement.id.name, { kind: 'function' })
      return
    case 'ClassDeclaration':
      if (statement.id) shape.bindings.set(statement.id.name, { kind: 'opaque', what: 'a class' })
      return
    case 'TSExportAssignment':
      shape.hasHiddenExports = true
      return
    case 'TSEnumDeclaration':
      if (statement.id.type === 'Identifier')
        shape.bindings.set(statement.id.name, { kind: 'opaque', what: 'an enum' })
      return
    case 'ExpressionStatement':
      return readAssignment(statement.expression, shape)
    default:
  }
}

type NamedExport = Extract<Statement, { type: 'ExportNamedDeclaration' }>

function readNamedExport(statement: NamedExport, shape: ModuleShape): void {
  if (statement.exportKind === 'type') return
  const { declaration } = statement
  if (declaration?.type === 'VariableDeclaration') {
    if (declaration.declare) return
    readVariables(declaration, shape)
    for (const { id, init } of declaration.declarations) {
      if (id.type === 'Identifier')
        shape.exports.push({ name: id.name, node: id, how: 'declared', ...(init ? { value: init } : {}) })
      else
        for (const name of listPatternNames(id))
          shape.exports.push({ name, node: id as Located, how: 'opaque' })
    }
  } else if (declaration?.type === 'FunctionDeclaration' || declaration?.type === 'ClassDeclaration') {
    const what = declaration.type === 'ClassDeclaration' ? 'a class' : 'an exported function'
    if (!declaration.id) return
    shape.bindings.set(declaration.id.name, { kind: 'opaque', what })
    const how = declaration.type === 'FunctionDeclaration' ? 'function' : 'opaque'
    shape.exports.push({ name: declaration.id.name, node: declaration, how })
  }
  for (const specifier of statement.specifiers) {
    if (specifier.type !== 'ExportSpecifier' || specifier.exportKind === 'type') continue
    const name = nameOf(specifier.exported)
    const local = nameOf(specifier.local)
    if (name === undefined || local === undefined) continue
    const how = specifier.exported.type === 'StringLiteral' ? 'quoted-specifier' : 'specifier'
    const from = statement.source?.value
    shape.exports.push({ name, node: specifier, local, how, ...(from === undefined ? {} : { from }) })
  }
}

type DefaultExport = Extract<Statement, { type: 'ExportDefaultDeclaration' }>

function readDefaultExport(statement: DefaultExport, shape: ModuleShape): void {
  const { declaration } = statement
  if (declaration.type === 'TSInterfaceDeclaration') return
  const entry: ModuleExport = { name: 'default', node: statement, how: 'declared' }
  if (declaration.type === 'FunctionDeclaration' || declaration.type === 'TSDeclareFunction')
    shape.exports.push({ ...entry, how: 'function' })
  else if (declaration.type === 'ClassDeclaration') shape.exports.push({ ...entry, how: 'opaque' })
  else shape.exports.push({ ...entry, value: declaration as Expression })
}

function readVariables(declaration: VariableDeclaration, shape: ModuleShape): void {
  for (const { id, init } of declaration.declarations) {
    const from = readRequire(init)
    if (id.type === 'Identifier') {
      const binding: Binding =
        from === undefined
          ? { kind: 'value', value: init ?? undefined }
          : { kind: 'import', from, imported: '*' }
      shape.bindings.set(id.name, binding)
    } else if (id.type === 'ObjectPattern' && from !== undefined) {
      for (const property of id.properties) {
        if (property.type !== 'ObjectProperty' || property.computed) continue
        const imported = nameOf(property.key)
        const { value } = property
        const local =
          value.type === 'AssignmentPattern' && value.left.type === 'Identifier' ? value.left : value
        if (imported !== undefined && local.type === 'Identifier')
          shape.bindings.set(local.name, { kind: 'import', from, imported })
      }
    } else {
      for (const name of listPatternNames(id))
        shape.bindings.set(name, { kind: 'opaque', what: 'destructured' })
    }
  }
}

/** The module of `require("x")`. */
function readRequire(init: Expression | null | undefined): string | undefined {
  if (init?.type !== 'CallExpression' || init.callee.type !== 'Identifier' || init.callee.name !== 'require')
    return undefined
  const [argument] = init.arguments
  return argument?.type === 'StringLiteral' ? argument.value : undefined
}

/** The names that a destructuring pattern declares at its first level: enough to say that an export exists. */
function listPatternNames(pattern: VariableDeclaration['declarations'][number]['id']): string[] {
  const parts =
    pattern.type === 'ObjectPattern'
      ? pattern.properties.map((property) =>
          property.type === 'ObjectProperty' ? property.value : property.argument,
        )
      : pattern.type === 'ArrayPattern'
        ? pattern.elements
        : []
  return parts.flatMap((part) => {
    const target = part?.type === 'AssignmentPattern' ? part.left : part
    return target?.type === 'Identifier' ? [target.name] : []
  })
}

/** `x = …`, `exports.x = …`, `module.exports.x = …`, also chained: each target gets the value at the end. */
function readAssignment(expression: Expression, shape: ModuleShape): void {
  const targets: Extract<Expression, { type: 'AssignmentExpression' }>['left'][] = []
  let value = expression
  while (value.type === 'AssignmentExpression' && value.operator === '=') {
    targets.push(value.left)
    value = value.right
  }
  for (const target of targets) {
    if (target.type === 'Identifier') shape.bindings.set(target.name, { kind: 'value', value })
    if (target.type !== 'MemberExpression') continue
    if (isModuleExports(target)) shape.hasHiddenExports = true
    else if (isExportsObject(target.object) && !target.computed && target.property.type === 'Identifier')
      shape.exports.push({ name: target.property.name, node: target, value, how: 'commonjs' })
  }
}

function isExportsObject(node: Expression | { type: string }): boolean {
  return (node.type === 'Identifier' && nameOf(node) === 'exports') || isModuleExports(node)
}

function isModuleExports(node: { type: string }): boolean {
  if (node.type !== 'MemberExpression') return false
  const { object, property, computed } = node as Extract<Expression, { type: 'MemberExpression' }>
  return !computed && nameOf(object) === 'module' && nameOf(property) === 'exports'
}
