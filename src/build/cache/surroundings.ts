import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve, sep } from 'node:path'

export interface Surroundings {
  /** Files that the bundler read without saying so. They need not exist. */
  files: Set<string>
  /** Folders in which a new name could change what an import finds. */
  dirs: Set<string>
}

/**
 * What a bundle depends on besides its inputs: every folder from an own source up to the repository root (a new file
 * there can shadow an old one), its `package.json` and `tsconfig.json` with what that extends, and the names of
 * installed packages. Files of packages are inputs already, and packages do not change without a file changing.
 */
export async function findSurroundings(
  inputs: Iterable<string>,
  repositoryRoot: string,
): Promise<Surroundings> {
  const dirs = new Set<string>()
  for (const input of inputs) {
    if (input.includes(`${sep}node_modules${sep}`)) continue
    for (let dir = dirname(input); !dirs.has(dir); dir = dirname(dir)) {
      dirs.add(dir)
      if (dir === repositoryRoot || dir === dirname(dir)) break
    }
  }
  const files = new Set<string>()
  for (const dir of [...dirs]) {
    files.add(join(dir, 'package.json'))
    dirs.add(join(dir, 'node_modules'))
    for (const name of ['tsconfig.json', 'jsconfig.json']) await addWithExtended(join(dir, name), files)
  }
  return { files, dirs }
}

async function addWithExtended(file: string, files: Set<string>): Promise<void> {
  if (files.has(file)) return
  files.add(file)
  const text = await readFile(file, 'utf8').catch(() => '') // not there: then its appearance is what counts
  const [, value = ''] = /"extends"\s*:\s*(\[[^\]]*\]|"[^"]*")/.exec(text) ?? []
  for (const [, extended = ''] of value.matchAll(/"([^"]+)"/g))
    for (const path of resolveExtended(extended, file)) await addWithExtended(path, files)
}

/** All the files that the name may mean; the wrong ones do not exist, and that is remembered too. */
function resolveExtended(name: string, from: string): string[] {
  if (name.startsWith('.') || name.startsWith('/')) {
    const path = resolve(dirname(from), name)
    return path.endsWith('.json') ? [path] : [`${path}.json`, path]
  }
  try {
    return [createRequire(from).resolve(name)]
  } catch {
    return [] // esbuild has warned about it
  }
}
