import { readFile } from 'node:fs/promises'
import { RoostError, toNamedFileError } from '../base/errors/index.ts'
import { parseEnvFile } from '../base/settings/index.ts'
import { PRIMARY_REGION } from './region.ts'

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** A variable that an operator gives to functions. */
export interface GivenVariable {
  readonly value: string
  readonly origin: GivenOrigin
}

export type GivenOrigin =
  | { readonly kind: 'file'; readonly file: string; readonly line: number }
  /** `--env NAME=VALUE`. */
  | { readonly kind: 'flag' }
  /** `--env NAME`, of the environment that Roost was started in. */
  | { readonly kind: 'host' }

/**
 * The variables an operator gives to functions (D7): every `--env-file` in order, later ones win, then
 * `--env NAME=VALUE`, and `--env NAME` for one of the host's own by name. Nothing else of the host's environment.
 *
 * @returns by name.
 * @throws USAGE for a file that cannot be read, ENV_FILE_INVALID, SETTING_INVALID
 */
export async function readGivenVariables(
  files: readonly string[],
  assignments: readonly string[],
  hostEnv: Readonly<Record<string, string | undefined>>,
): Promise<Map<string, GivenVariable>> {
  const given = new Map<string, GivenVariable>()
  for (const file of files) {
    const { values, places } = parseEnvFile(await readText(file), file)
    for (const [name, value] of Object.entries(values))
      given.set(name, { value, origin: { kind: 'file', file, line: places[name] ?? 1 } })
  }
  for (const assignment of assignments) {
    const at = assignment.indexOf('=')
    const name = at === -1 ? assignment : assignment.slice(0, at)
    if (!NAME.test(name))
      throw new RoostError('SETTING_INVALID', `--env: "${name}" is not the name of a variable`, {
        hint: 'Write --env NAME=VALUE, or --env NAME to pass a variable of this shell.',
        details: { given: '--env' },
      })
    const value = at === -1 ? hostEnv[name] : assignment.slice(at + 1)
    if (value === undefined)
      throw new RoostError('SETTING_INVALID', `--env ${name}: this shell has no variable of that name`, {
        hint: `Export ${name} first, or write --env ${name}=VALUE.`,
        details: { given: '--env' },
      })
    given.set(name, { value, origin: { kind: at === -1 ? 'host' : 'flag' } })
  }
  return given
}

/** The same without where they come from. @throws as `readGivenVariables` */
export async function readFunctionEnv(
  ...given: Parameters<typeof readGivenVariables>
): Promise<Record<string, string>> {
  return Object.fromEntries(
    Array.from(await readGivenVariables(...given), ([name, { value }]) => [name, value]),
  )
}

/** What Roost's own variables say of a function and its site. */
export interface FunctionPlace {
  readonly siteId: string
  readonly siteName: string
  readonly url: string
  readonly name: string
  /** Megabytes. */
  readonly memory: string
  readonly folder: string
}

/**
 * What a production function finds in `process.env` (D7, runtime.md §12.1): nothing of the host's own, no
 * invented AWS credentials. What the operator gives wins, except over the names that say where the function runs.
 */
export function toFunctionEnv(
  place: FunctionPlace,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...siteVariables(place), ...given, ...placeVariables(place) }
}

/** The same for every function of a site. */
export function siteVariables({ siteId, siteName, url }: Pick<FunctionPlace, 'siteId' | 'siteName' | 'url'>) {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: '/tmp',
    LANG: 'en_US.UTF-8',
    TZ: 'UTC',
    SITE_ID: siteId,
    SITE_NAME: siteName,
    URL: url,
    AWS_REGION: PRIMARY_REGION,
  }
}

/** Each function's own. */
export function placeVariables({ name, memory, folder }: Pick<FunctionPlace, 'name' | 'memory' | 'folder'>) {
  return {
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory,
    LAMBDA_TASK_ROOT: folder,
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw toNamedFileError('--env-file', path, cause)
  }
}
