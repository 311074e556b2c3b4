import { join } from 'node:path'
import { RoostError } from '../../base/errors/index.ts'
import type { BuildWarning } from './build-warning.ts'
import { formatPath } from './check-toml.ts'
import type { FrameworkRules } from './config-rules.ts'
import { readIfThere } from './folders.ts'
import { type ConfigLayer, mergeDeep, toLayer } from './layers.ts'
import { checkSchema, isTable } from './schema.ts'
import type { KeyPath } from './toml-places.ts'
import { TOML_SCHEMA } from './toml-schema.ts'

/** Where frameworks write configuration, and edge functions in it. */
export const FRAMEWORK_CONFIG_FILES = ['.netlify/v1/config.json', '.netlify/deploy/v1/config.json']

/**
 * Lays what a framework wrote (build.md §5.5) below what the user wrote: the user's values win, arrays are joined with
 * the user's entries first; only the rules of `redirects!` go above. Properties that a framework may not set are dropped, wrong
 * values with a warning.
 * @throws CONFIG_SYNTAX when the file is not a JSON object.
 */
export async function applyFrameworksApi(
  user: ConfigLayer,
  buildDir: string,
): Promise<{ layer: ConfigLayer; rules?: FrameworkRules; warnings: BuildWarning[] }> {
  const found = await readConfig(buildDir)
  if (found === undefined) return { layer: user, warnings: [] }
  const { allowed, first, warnings } = filter(found.data, found.file)
  const { redirects, headers } = allowed
  return {
    layer: mergeDeep(toLayer(allowed), user, 'concat'),
    rules: { file: found.file, first, redirects: toList(redirects), headers: toList(headers) },
    warnings,
  }
}

function toList(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}

async function readConfig(
  buildDir: string,
): Promise<{ file: string; data: Record<string, unknown> } | undefined> {
  for (const name of FRAMEWORK_CONFIG_FILES) {
    const file = join(buildDir, name)
    const text = await readIfThere(file)
    if (text === undefined) continue
    try {
      const data: unknown = JSON.parse(text)
      if (isTable(data)) return { file, data }
      throw new TypeError('it is not an object')
    } catch (cause) {
      throw new RoostError(
        'CONFIG_SYNTAX',
        `${file}: the platform configuration written by your framework cannot be read: ${(cause as Error).message}`,
        { hint: "Run the framework's build again; the file is its output.", details: { file }, cause },
      )
    }
  }
  return undefined
}

/** What a framework may set: `build.functions`, `build.publish`, functions, headers, redirects, `images.remote_images`. */
function filter(data: Record<string, unknown>, file: string) {
  const { build, functions, headers, redirects, images } = data
  const pick = (table: unknown, keys: string[]): Record<string, unknown> =>
    Object.fromEntries(Object.entries(isTable(table) ? table : {}).filter(([key]) => keys.includes(key)))
  const allowed: Record<string, unknown> = { build: pick(build, ['functions', 'publish']) }
  for (const [key, value] of Object.entries({ functions, headers, redirects }))
    if (value !== undefined) allowed[key] = value
  if (isTable(images)) allowed.images = pick(images, ['remote_images'])
  const warnings: BuildWarning[] = []
  for (const problem of checkSchema(allowed, TOML_SCHEMA)) {
    if (problem.kind === 'unknown') continue
    const { path, found, expected } = problem
    removeAt(allowed, path)
    warnings.push({
      code: 'CONFIG_FILE_IGNORED',
      message: `${file}: ${formatPath(path)} is ${found}, expected ${expected}: it counts as not set.`,
      file,
    })
  }
  return { allowed, first: toList(data['redirects!']), warnings }
}

/** Removes a key, or the whole list when the path leads to one of its entries. */
function removeAt(data: Record<string, unknown>, path: KeyPath): void {
  const [key, ...rest] = path
  const value = data[String(key)]
  if (rest.length === 0 || typeof rest[0] === 'number' || !isTable(value)) delete data[String(key)]
  else removeAt(value, rest)
}
