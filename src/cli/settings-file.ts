import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isRoostError, RoostError, toNamedFileError } from '../base/errors/index.ts'
import type { SettingSources } from '../base/settings/index.ts'
import { parseToml } from '../builder/project/index.ts'

/**
 * The operator's settings: the file that was given, or `roost.toml` of the project where there is one.
 * @throws SETTING_INVALID; USAGE for a given file that cannot be read
 */
export async function readSettingsFile(
  dir: string,
  given: string | undefined,
): Promise<SettingSources['file']> {
  const path = given === undefined ? join(dir, 'roost.toml') : resolve(given)
  if (given === undefined && !existsSync(path)) return undefined
  try {
    const { data, findPlace } = parseToml(await readFile(path, 'utf8'), path)
    return { path, values: data, isOfProject: given === undefined, findPlace }
  } catch (cause) {
    if (isRoostError(cause))
      throw new RoostError('SETTING_INVALID', cause.message, {
        ...(cause.hint !== undefined && { hint: cause.hint }),
        details: cause.details,
        cause,
      })
    if (given !== undefined) throw toNamedFileError('--config', given, cause)
    throw new RoostError('SETTING_INVALID', `${path} cannot be read: ${(cause as Error).message}`, {
      hint: 'Make it a file that this user may read, or remove it.',
      details: { file: path },
      cause,
    })
  }
}
