import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import type { RuleFinding } from '../finding.ts'
import type { CheckInput } from '../rule.ts'

/** What a compiler makes of which sources. */
const SOURCES: Record<string, string[]> = {
  '.js': ['.ts', '.tsx'],
  '.jsx': ['.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
}

/** JavaScript that is used although TypeScript of the same name lies beside it: `.js` goes first (build.md §2.4, §11.3). */
export function findJsBesideTs({ functions, candidates, show }: CheckInput): RuleFinding[] {
  const seen = new Set<string>()
  return functions.flatMap(({ source, built }) =>
    built.inputs.flatMap((file) => {
      const extension = extname(file)
      const base = file.slice(0, -extension.length)
      const beside = SOURCES[extension]?.map((other) => base + other).find((path) => existsSync(path))
      if (beside === undefined || seen.has(file)) return []
      seen.add(file)
      // Two files for one function: FUNCTION_SHADOWED has said it.
      if (candidates.has(beside) || built.inputs.includes(beside)) return []
      return [
        {
          code: 'JS_BESIDE_TS' as const,
          message: `${show(file)} is used by "${source.name}", and ${show(beside)} beside it is not. If it is what a compiler left, remove it.`,
          functionName: source.name,
          file,
        },
      ]
    }),
  )
}
