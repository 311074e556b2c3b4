import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { RoostError } from '../base/errors/index.ts'
import type { SettingSources } from '../base/settings/index.ts'

/**
 * The operator's settings: the file that was given, or `roost.toml` of the project where there is one.
 * @throws SETTING_INVALID
 */
export async function readSettingsFile(
  dir: string,
  given: string | undefined,
): Promise<SettingSources['file']> {
  const path = given === undefined ? join(dir, 'roost.toml') : resolve(given)
  if (given === undefined && !existsSync(path)) return undefined
  const { parse } = await import('smol-toml') // most servers have no such file
  try {
    return { path, values: parse(await readFile(path, 'utf8')), isOfProject: given === undefined }
  } catch (cause) {
    throw new RoostError('SETTING_INVALID', `${path}: ${(cause as Error).message}`, {
      hint: 'The settings file is TOML: docs/reference/limits.md has its keys.',
      cause,
    })
  }
}
