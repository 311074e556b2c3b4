import { type Expression, placeOf } from '../config/index.ts'
import type { Names } from './names.ts'
import type { ParsedSource } from './sources.ts'
import { isNode, readFirstArgument, readProperty, type SyntaxNode, walk } from './walk.ts'

/** Where code asks for a module in a way in which a bundler may not see which. */
export interface PackageLoad {
  argument: Expression
  line: number
  column: number
}

/**
 * Calls of `require`, `import()` and `resolve` that bundlers do not follow, or not always: by a name that is put together
 * or stands in a variable, through a `require` of the code's own, or only to find a file.
 */
export function listPackageLoads({ program }: ParsedSource, names: Names): PackageLoad[] {
  const loads: PackageLoad[] = []
  walk(program, (node) => {
    const argument = readFirstArgument(node)
    if (argument === undefined) return
    const kind = findKind(node, names)
    if (kind === undefined || (kind === 'plain' && argument.type === 'StringLiteral')) return
    loads.push({ argument, ...placeOf(node) })
  })
  return loads
}

/** `plain` is what bundlers follow when it names the module. */
function findKind(node: SyntaxNode, names: Names): 'plain' | 'hidden' | undefined {
  if (node.type === 'ImportExpression') return 'plain'
  if (!isNode(node, 'CallExpression')) return undefined
  const { callee } = node
  if (isNode(callee, 'MemberExpression')) {
    if (readProperty(callee) !== 'resolve') return undefined
    const { object } = callee
    return isNode(object, 'MetaProperty') || isRequire(object, names) !== undefined ? 'hidden' : undefined
  }
  return isRequire(callee, names)
}

function isRequire(node: SyntaxNode, names: Names): 'plain' | 'hidden' | undefined {
  if (isNode(node, 'CallExpression'))
    return names.nameCallee(node.callee) === 'module.createRequire' ? 'hidden' : undefined
  if (!isNode(node, 'Identifier')) return undefined
  const meaning = names.find(node.name)
  if (meaning?.kind === 'constant')
    return isNode(meaning.value, 'CallExpression') ? isRequire(meaning.value, names) : undefined
  return node.name === 'require' && !names.isDeclared('require') ? 'plain' : undefined
}
