import { parseSource } from '../config/index.ts'
import { isNode, readFirstArgument, readProperty, type SyntaxNode, walk } from './walk.ts'

/** Whether code loads a module by a name in a variable. */
export function namesModulesLater(text: string): boolean {
  return /\b(?:require|import)\(\s*[\w$.[\]]+\s*\)/.test(text)
}

/** Whether the name of a package stands in code as a text of its own. */
export function mentionsPackage(text: string, name: string): boolean {
  return text.includes(`"${name}"`) || text.includes(`'${name}'`) || text.includes(`\`${name}\``)
}

/**
 * Whether a package's code loads the package `name` by that name. Bundlers have followed the usual ways, so what is not
 * in the bundle was asked for in another: through a `require` of its own making.
 */
export function loadsPackage(text: string, name: string): boolean {
  if (!text.includes(name)) return false
  const quoted = `["'\`]${name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}(?:/[^"'\`\\s]+)?["'\`]`
  if (!new RegExp(`(?:\\w*require\\d*|\\.resolve|\\bimport)\\(\\s*${quoted}`, 'i').test(text)) return false
  const parsed = parseSource(text) // comments have examples
  if ('problem' in parsed) return true // a part of a bundle: those have no comments
  let isFound = false
  walk(parsed.program, (node) => {
    const argument = readFirstArgument(node)
    if (argument?.type !== 'StringLiteral' || !isLoader(node)) return
    if (argument.value === name || argument.value.startsWith(`${name}/`)) isFound = true
  })
  return isFound
}

function isLoader(node: SyntaxNode): boolean {
  if (node.type === 'ImportExpression') return true
  if (!isNode(node, 'CallExpression')) return false
  const { callee } = node
  if (isNode(callee, 'Identifier')) return /require\d*$/i.test(callee.name)
  if (!isNode(callee, 'MemberExpression')) return false
  const property = readProperty(callee)
  if (property !== 'resolve') return property === 'require'
  const { object } = callee
  return isNode(object, 'Identifier') ? /require\d*$/i.test(object.name) : object.type !== 'MemberExpression'
}
