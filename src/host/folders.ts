import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { RoostError } from '../base/errors/index.ts'

/** @throws PROJECT_NOT_FOUND */
export async function checkFolder(dir: string): Promise<void> {
  const found = await stat(dir).catch(() => undefined)
  if (found?.isDirectory()) return
  throw new RoostError(
    'PROJECT_NOT_FOUND',
    `${dir} ${found === undefined ? 'does not exist' : 'is not a folder'}.`,
    {
      hint: 'Pass the folder that holds netlify.toml or netlify/functions.',
    },
  )
}

/**
 * Makes the data folder, out of git's sight. Secrets stay with us, `instances/` must be reachable for the users that instances run as (decision 22).
 */
export function prepareDataDir(dataDir: string): string {
  mkdirSync(join(dataDir, 'instances'), { recursive: true, mode: 0o755 })
  const ignore = join(dataDir, '.gitignore')
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n')
  return dataDir
}
