import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A file's text or bytes by its path; `{ link }` makes a symbolic link to that target. */
export type ProjectFiles = Record<string, string | Uint8Array | { link: string }>

/**
 * Writes a project into a temporary folder, removed when the test ends. A path that ends in `/` is an empty folder.
 * Small projects stand beside the test that they explain; what is larger is in test/fixtures.
 */
export async function writeProject(
  files: ProjectFiles,
  /** Takes what removes the project; for one that is written outside a test. */
  whenDone: (remove: () => Promise<void>) => void = onTestFinished,
): Promise<string> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'roost-project-')))
  await chmod(dir, 0o755) // instances that run as users of their own must get through
  whenDone(() => rm(dir, { recursive: true, force: true }))
  for (const [path, content] of Object.entries(files)) {
    const file = join(dir, path)
    await mkdir(path.endsWith('/') ? file : dirname(file), { recursive: true })
    if (path.endsWith('/')) continue
    if (typeof content === 'string' || content instanceof Uint8Array) await writeFile(file, content)
    else await symlink(content.link, file)
  }
  return dir
}
