import { type Program, placeOf } from '../../config/index.ts'
import type { RuleFinding } from '../finding.ts'
import type { CheckInput } from '../rule.ts'
import { isNode } from '../walk.ts'

/** What Netlify declares in front of every ES module bundle, with `let` (build.md §10). */
const TAKEN = new Set(['__dirname', '__filename'])

/** Own declarations of those names at the top of a module: there the bundle does not load (build.md case X12). */
export async function findOwnDirname(input: CheckInput): Promise<RuleFinding[]> {
  const findings = new Map<string, RuleFinding>()
  for (const { source, manifest, built } of input.functions) {
    if (manifest.format !== 'web' || manifest.moduleFormat !== 'esm' || manifest.bundler === 'none') continue
    for (const file of built.inputs) {
      const parsed = await input.sources.read(file)
      for (const { name, line, column } of parsed === undefined ? [] : listTaken(parsed.program))
        findings.set(`${file}:${line} ${name}`, {
          code: 'DIRNAME_REDECLARED',
          message: `${input.show(file)}:${line} declares ${name}. Netlify adds a declaration of its own to "${source.name}", so the function does not load there. Remove yours (functions have ${name} anyway), or use another name.`,
          functionName: source.name,
          file,
          line,
          column,
        })
    }
  }
  return [...findings.values()]
}

function listTaken({ body }: Program): { name: string; line: number; column: number }[] {
  // A CommonJS file gets a function around it in the bundle.
  if (!body.some((statement) => /^(Import|Export).*Declaration$/.test(statement.type))) return []
  return body.flatMap((statement) => {
    const declaration = isNode(statement, 'ExportNamedDeclaration') ? statement.declaration : statement
    if (!isNode(declaration, 'VariableDeclaration')) return []
    return declaration.declarations.flatMap(({ id }) =>
      id.type === 'Identifier' && TAKEN.has(id.name) ? [{ name: id.name, ...placeOf(id) }] : [],
    )
  })
}
