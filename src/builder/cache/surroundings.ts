import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve, sep } from 'node:path'
import { isInside } from '../../base/lib/index.ts'

export interface Surroundings {
  /** Files that the bundler read without saying so. They need not exist. */
  files: Set<string>
  /** Folders in which a new name could change what an import finds. */
  dirs: Set<string>
  /** Those of `files` that the repository itself chose: its configuration, and what that extends by a path. */
  chosen: Set<string>
}

export interface ConfigFiles {
  files: Set<string>
  chosen: Set<string>
}

/** Package managers rewrite these in node_modules with every change, also one deep inside a package. */
const INSTALL_RECORDS = ['.package-lock.json', '.modules.yaml', '.yarn-state.yml']

/**
 * What a bundle depends on besides its inputs: every folder from an own source up to the repository root (a new file
 * there can shadow an old one), its `package.json` and `tsconfig.json` with what that extends, and the names of
 * installed packages; for a bundle with packages also what the package manager last did. (Their files are inputs.)
 * `configFiles` remembers the configuration files of each folder for the other functions of the build.
 */
export async function findSurroundings(
  inputs: Iterable<string>,
  repositoryRoot: string,
  configFiles: Map<string, Promise<ConfigFiles>>,
): Promise<Surroundings> {
  const dirs = new Set<string>()
  let hasPackages = false
  for (const input of inputs) {
    if (input.includes(`${sep}node_modules${sep}`)) {
      hasPackages = true
      continue
    }
    for (let dir = dirname(input); !dirs.has(dir); dir = dirname(dir)) {
      dirs.add(dir)
      if (dir === repositoryRoot || dir === dirname(dir)) break
    }
  }
  const files = new Set<string>()
  const chosen = new Set<string>()
  for (const dir of [...dirs]) {
    files.add(join(dir, 'package.json'))
    if (isInside(repositoryRoot, dir)) chosen.add(join(dir, 'package.json'))
    dirs.add(join(dir, 'node_modules'))
    if (hasPackages) for (const record of INSTALL_RECORDS) files.add(join(dir, 'node_modules', record))
    const found = configFiles.get(dir) ?? findConfigFiles(dir, repositoryRoot)
    configFiles.set(dir, found)
    for (const file of (await found).files) files.add(file)
    for (const file of (await found).chosen) chosen.add(file)
  }
  return { files, dirs, chosen }
}

async function findConfigFiles(dir: string, repositoryRoot: string): Promise<ConfigFiles> {
  const found: ConfigFiles = { files: new Set(), chosen: new Set() }
  for (const name of ['tsconfig.json', 'jsconfig.json'])
    await addWithExtended(join(dir, name), isInside(repositoryRoot, dir), found)
  return found
}

async function addWithExtended(file: string, isChosen: boolean, found: ConfigFiles): Promise<void> {
  if (found.files.has(file)) return
  found.files.add(file)
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return // not there: then its appearance is what counts
  if (isChosen) found.chosen.add(file)
  const [, value = ''] = /"extends"\s*:\s*(\[[^\]]*\]|"[^"]*")/.exec(text) ?? []
  for (const [, extended = ''] of value.matchAll(/"([^"]+)"/g))
    for (const path of resolveExtended(extended, file))
      await addWithExtended(path, isChosen && isPath(extended), found)
}

/** Not the name of a package. */
function isPath(name: string): boolean {
  return name.startsWith('.') || name.startsWith('/')
}

/** All the files that the name may mean; the wrong ones do not exist, and that is remembered too. */
function resolveExtended(name: string, from: string): string[] {
  if (isPath(name)) {
    const path = resolve(dirname(from), name)
    return path.endsWith('.json') ? [path] : [`${path}.json`, path]
  }
  try {
    return [createRequire(from).resolve(name)]
  } catch {
    return [] // esbuild has warned about it
  }
}
