import { readFile } from 'node:fs/promises'
import { RoostError, toNamedFileError } from '../base/errors/index.ts'
import { parseEnvFile } from '../base/settings/index.ts'

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * The variables an operator gives to functions (D7): every `--env-file` in order, later ones win, then
 * `--env NAME=VALUE`, and `--env NAME` for one of the host's own by name. Nothing else of the host's environment.
 *
 * @throws USAGE for a file that cannot be read, ENV_FILE_INVALID, SETTING_INVALID
 */
export async function readFunctionEnv(
  files: readonly string[],
  assignments: readonly string[],
  hostEnv: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, string>> {
  const env: Record<string, string> = {}
  for (const path of files) Object.assign(env, parseEnvFile(await readText(path), path))
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
    env[name] = value
  }
  return env
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw toNamedFileError('--env-file', path, cause)
  }
}
