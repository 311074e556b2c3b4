import { placeOf } from '../../config/index.ts'
import type { TomlFile } from '../../project/index.ts'
import type { RuleFinding } from '../finding.ts'
import { type Names, readNames } from '../names.ts'
import type { CheckInput } from '../rule.ts'
import type { ParsedSource } from '../sources.ts'
import { isNode, readProperty, type SyntaxNode, walk } from '../walk.ts'

/** Functions find these in any case (D7). */
const ALWAYS_THERE = new Set(['SITE_ID', 'SITE_NAME', 'URL', 'AWS_REGION', 'TZ', 'PATH', 'HOME', 'LANG'])

/** Variables that a function's own code reads and that only netlify.toml sets: in production it does not see them. */
export async function findTomlVariables(input: CheckInput): Promise<RuleFinding[]> {
  const { toml, variables = {}, show } = input
  const set = toml === undefined ? new Map<string, number>() : listTomlVariables(toml)
  const findings = new Map<string, RuleFinding>()
  for (const { source, built } of set.size === 0 ? [] : input.functions)
    for (const file of built.inputs) {
      const parsed = await input.sources.read(file)
      for (const { name, line, column } of parsed === undefined ? [] : listReads(parsed)) {
        const setAt = set.get(name)
        if (setAt === undefined || ALWAYS_THERE.has(name) || variables[name] !== undefined) continue
        findings.set(`${file} ${name}`, {
          code: 'TOML_VARIABLE_READ',
          message: `${show(file)}:${line} reads ${name}, which ${show(toml?.file ?? '')}:${setAt} sets for builds only: "${source.name}" does not see it in production. Set it for the site on Netlify, and with --env-file here.`,
          functionName: source.name,
          file,
          line,
          column,
        })
      }
    }
  return [...findings.values()]
}

/** Names and lines of `[build.environment]`, `[context.X.environment]` and `[context.X.build.environment]`. */
function listTomlVariables({ data, findPlace }: TomlFile): Map<string, number> {
  const { build, context } = data as { build?: Section; context?: Record<string, ContextSection> }
  const sections: [string[], Section | undefined][] = [
    ...Object.entries(context ?? {}).flatMap(([name, section]): [string[], Section | undefined][] => [
      [['context', name], section],
      [['context', name, 'build'], section.build],
    ]),
    [['build'], build],
  ]
  const found = new Map<string, number>()
  for (const [path, section] of sections)
    for (const name of Object.keys(section?.environment ?? {}))
      found.set(name, findPlace([...path, 'environment', name])?.line ?? 1)
  return found
}

interface Section {
  environment?: Record<string, unknown>
}

interface ContextSection extends Section {
  build?: Section
}

interface VariableRead {
  name: string
  line: number
  column: number
}

/** `process.env.X`, `process.env["X"]`, `const { X } = process.env`, `Netlify.env.get("X")`. */
function listReads({ program }: ParsedSource): VariableRead[] {
  const names = readNames(program)
  const reads: VariableRead[] = []
  walk(program, (node) => {
    for (const name of readVariables(node, names))
      if (name !== undefined) reads.push({ name, ...placeOf(node) })
  })
  return reads
}

function readVariables(node: SyntaxNode, names: Names): (string | undefined)[] {
  if (isNode(node, 'MemberExpression') && names.nameCallee(node.object) === 'process.env')
    return [readProperty(node)]
  if (
    isNode(node, 'CallExpression') &&
    /^Netlify\.env\.(get|has)$/.test(names.nameCallee(node.callee) ?? '')
  ) {
    const [argument] = node.arguments
    return argument?.type === 'StringLiteral' ? [argument.value] : []
  }
  if (!isNode(node, 'VariableDeclaration')) return []
  return node.declarations.flatMap(({ id, init }) =>
    id.type === 'ObjectPattern' && init && names.nameCallee(init) === 'process.env'
      ? id.properties.map((property) =>
          property.type === 'ObjectProperty' && property.key.type === 'Identifier'
            ? property.key.name
            : undefined,
        )
      : [],
  )
}
