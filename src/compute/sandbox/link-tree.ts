import { constants, copyFile, link, mkdir, readdir, readlink, symlink } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Fills the folder `to` with hard links to the files of `from`: the same bytes under another name, without reading
 * them. Across file systems, where links do not go, it copies (D22). `to` must be there and empty.
 */
export async function linkTree(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true })
  await Promise.all(
    entries.map(async (entry) => {
      const [source, target] = [join(from, entry.name), join(to, entry.name)]
      if (entry.isDirectory()) {
        await mkdir(target, { mode: 0o755 })
        return linkTree(source, target)
      }
      if (entry.isSymbolicLink()) return symlink(await readlink(source), target)
      if (entry.isFile()) return linkOrCopy(source, target)
    }),
  )
}

async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await link(source, target)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'EMLINK') throw error
    await copyFile(source, target, constants.COPYFILE_FICLONE)
  }
}
