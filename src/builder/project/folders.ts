import { readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

/** `dir` and its ancestors, nearest first. */
export function listUpwards(dir: string): string[] {
  const parent = dirname(dir)
  return parent === dir ? [dir] : [dir, ...listUpwards(parent)]
}

/** A path of the configuration: relative to `base` also when it begins with `/` (dev-and-edge.md §1.1). */
export function resolveIn(base: string, path: string): string {
  return resolve(base, path.replace(/^\/+/, ''))
}

export async function kindOf(path: string): Promise<'file' | 'directory' | 'missing'> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return 'missing'
  return found.isDirectory() ? 'directory' : 'file'
}

/** The text of a file, or undefined when there is none. Other failures are thrown. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

/**
 * The nearest ancestor with `.git`, else the nearest workspaces root (npm, yarn, pnpm), else undefined. It bounds
 * tracing and what paths of the configuration may lead to.
 */
export async function findRepositoryRoot(dir: string): Promise<string | undefined> {
  const upwards = listUpwards(dir)
  for (const folder of upwards) if ((await kindOf(join(folder, '.git'))) !== 'missing') return folder
  for (const folder of upwards) if (await isWorkspacesRoot(folder)) return folder
  return undefined
}

async function isWorkspacesRoot(folder: string): Promise<boolean> {
  if ((await kindOf(join(folder, 'pnpm-workspace.yaml'))) === 'file') return true
  const text = await readIfThere(join(folder, 'package.json'))
  if (text === undefined || !text.includes('"workspaces"')) return false
  try {
    return (JSON.parse(text) as { workspaces?: unknown }).workspaces !== undefined
  } catch {
    return false // Whoever needs this package.json reports that it is broken (build.md §17 E10).
  }
}
