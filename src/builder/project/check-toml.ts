import { type ErrorCode, RoostError } from '../../base/errors/index.ts'
import { suggest } from '../../base/lib/index.ts'
import type { BuildWarning } from './build-warning.ts'
import type { TomlFile } from './read-toml.ts'
import { checkSchema, type SchemaProblem } from './schema.ts'
import type { KeyPath } from './toml-places.ts'
import { SHARED_FUNCTION_KEYS, TABLE_FUNCTION_KEYS, TOML_SCHEMA } from './toml-schema.ts'

/** Keys of a function that only its own `config` export may set: in netlify.toml nobody reads them. */
const SOURCE_ONLY = new Set(['path', 'excludedPath', 'method', 'preferStatic', 'rateLimit', 'generator'])

/**
 * Everything in a netlify.toml that is not allowed, with its line: wrong values are errors, unknown keys are warnings
 * (Netlify ignores them), but an unknown scalar directly under `[functions]` is an error (build.md §5.1, D15).
 */
export function checkToml(
  toml: TomlFile,
  shownAs: string,
): { errors: RoostError[]; warnings: BuildWarning[] } {
  const errors: RoostError[] = []
  const warnings: BuildWarning[] = []
  for (const problem of checkSchema(toml.data, TOML_SCHEMA)) {
    const place = toml.findPlace(problem.path) ?? { line: 1, column: 1 }
    const at = `${shownAs}:${place.line}`
    if (problem.kind === 'unknown') {
      warnings.push({
        code: 'CONFIG_KEY_UNKNOWN',
        message: `${at}: ${formatPath(problem.path)} is not a key that Roost or Netlify reads.${adviseOnUnknown(problem)}`,
        file: toml.file,
        ...place,
      })
      continue
    }
    const { found, expected } = problem
    const { code, hint } = judge(problem)
    errors.push(
      new RoostError(code, `${at}: ${formatPath(problem.path)} is ${found}, expected ${expected}.`, {
        hint,
        details: { file: toml.file, ...place, key: formatPath(problem.path), found, expected },
      }),
    )
  }
  return { errors, warnings }
}

function adviseOnUnknown({ path, known }: { path: KeyPath; known: string[] }): string {
  const key = String(path.at(-1))
  const isFunctionKey = path.includes('functions')
  if (isFunctionKey && SOURCE_ONLY.has(key))
    return ` Only the \`config\` export of the function itself can set \`${key}\`.`
  return suggest(key, known)
}

function judge(problem: Extract<SchemaProblem, { kind: 'wrong' }>): { code: ErrorCode; hint: string } {
  const { path, format } = problem
  if (format === 'cron')
    return { code: 'SCHEDULE_INVALID', hint: 'Write five fields in UTC, such as "0 8 * * *", or @daily.' }
  const key = String(path.at(-1))
  if (path.at(-1) === 'directory' && path.length > 2)
    return {
      code: 'CONFIG_INVALID',
      hint: 'Move it to [functions], or write the function in that directory.',
    }
  if (path.at(-2) === 'functions' && !SHARED_FUNCTION_KEYS.includes(key))
    return { code: 'CONFIG_INVALID', hint: adviseOnScalar(key) }
  return { code: 'CONFIG_INVALID', hint: 'Correct the value, or remove the key.' }
}

/** A key directly under `[functions]` that is none of every function's: one of a table's, or a slip. */
function adviseOnScalar(key: string): string {
  if (TABLE_FUNCTION_KEYS.includes(key)) return 'Move it to the table of one function: [functions.hello].'
  const suggestion = suggest(key, ['directory', ...SHARED_FUNCTION_KEYS]).trim()
  const rule = `The keys directly under [functions] are directory, ${SHARED_FUNCTION_KEYS.join(', ')}, and tables such as [functions.hello].`
  return suggestion === '' ? rule : `${suggestion} ${rule}`
}

/** `functions."api/*".memory`, as it would be written in the file. */
export function formatPath(path: KeyPath): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`
      const name = /^[A-Za-z0-9_-]+$/.test(part) ? part : JSON.stringify(part)
      return index === 0 ? name : `.${name}`
    })
    .join('')
}
