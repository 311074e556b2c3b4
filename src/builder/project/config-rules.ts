import { relative, sep } from 'node:path'
import type { RuleSource } from '../../artifact/rules/index.ts'
import type { TomlFile } from './read-toml.ts'
import { isTable } from './schema.ts'

/** A rule as a configuration file has it, unread, and where it stands. */
export interface PlacedRule {
  value: unknown
  source: RuleSource
}

/** The rules of netlify.toml and of a framework's file, in the order in which they count. */
export interface ConfigRules {
  /** `redirects!` of a framework: before everything, also before `_redirects`. */
  first: PlacedRule[]
  redirects: PlacedRule[]
  headers: PlacedRule[]
}

/** What a framework's file brought, as far as it may (frameworks-api.ts). */
export interface FrameworkRules {
  /** Absolute. */
  file: string
  first: readonly unknown[]
  redirects: readonly unknown[]
  headers: readonly unknown[]
}

/**
 * Lists rules with the place of each: lines in netlify.toml; numbers in JSON, which has no lines for us (D100). The
 * user's rules come before the framework's (build.md §5.5). Merged configuration does not tell whose a rule is.
 */
export function listConfigRules(
  root: string,
  toml: TomlFile | undefined,
  contexts: readonly string[],
  framework: FrameworkRules | undefined,
): ConfigRules {
  const user = (key: string) => (toml === undefined ? [] : listTomlRules(root, toml, contexts, key))
  const file = framework === undefined ? '' : showFile(root, framework.file)
  const theirs = (values: readonly unknown[] = []): PlacedRule[] =>
    values.map((value, index) => ({ value, source: { file, number: index + 1 } }))
  return {
    first: theirs(framework?.first),
    redirects: [...user('redirects'), ...theirs(framework?.redirects)],
    headers: [...user('headers'), ...theirs(framework?.headers)],
  }
}

/** A list in the strongest context that has one replaces the global list (dev-and-edge.md §1.2). */
function listTomlRules(
  root: string,
  { file, data, findPlace }: TomlFile,
  contexts: readonly string[],
  key: string,
): PlacedRule[] {
  for (const path of [...contexts.map((name) => ['context', name, key]), [key]]) {
    const values = path.reduce<unknown>((at, name) => (isTable(at) ? at[name] : undefined), data)
    if (!Array.isArray(values)) continue
    return values.map((value: unknown, index) => {
      const place = findPlace([...path, index])
      return {
        value,
        source: { file: showFile(root, file), number: index + 1, ...(place && { line: place.line }) },
      }
    })
  }
  return []
}

function showFile(root: string, file: string): string {
  return relative(root, file).split(sep).join('/')
}
