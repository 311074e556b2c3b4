import { constants } from 'node:fs'
import { copyFile, link, mkdir, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'

/**
 * Where Nodes are kept once per user, for all projects (D112): `$XDG_CACHE_HOME/roost/node`, `~/.cache/roost/node`.
 * Undefined for a process without a home, such as a service.
 * @param env of this process.
 */
export function findNodeCache(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const home = env.HOME === undefined ? undefined : join(env.HOME, '.cache')
  const base = [env.XDG_CACHE_HOME, home].find((path) => path !== undefined && isAbsolute(path))
  return base === undefined ? undefined : join(base, 'roost', 'node')
}

/**
 * Makes the folder. False when it cannot be made, or belongs to somebody else: what lies there is executed, under
 * `sudo` by root out of the home of an ordinary user.
 */
export async function openNodeCache(dir: string): Promise<boolean> {
  try {
    if (!(await isOurs(await findExisting(dir)))) return false
    await mkdir(dir, { recursive: true, mode: 0o755 })
    return await isOurs(dir)
  } catch {
    return false // a home that is read-only or not there: the data folder alone serves as well
  }
}

async function findExisting(dir: string): Promise<string> {
  const found = await stat(dir).catch(() => undefined)
  return found === undefined && dirname(dir) !== dir ? findExisting(dirname(dir)) : dir
}

async function isOurs(dir: string): Promise<boolean> {
  const { uid, mode } = await stat(dir)
  return uid === process.getuid?.() && (mode & 0o022) === 0
}

/** Instances cannot read a home, so the data folder gets the files: linked where both lie on one disk, else copied. */
export async function linkFiles(from: string, to: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(to, name)), { recursive: true, mode: 0o755 })
    await link(join(from, name), join(to, name)).catch(() =>
      copyFile(join(from, name), join(to, name), constants.COPYFILE_FICLONE),
    )
  }
}
