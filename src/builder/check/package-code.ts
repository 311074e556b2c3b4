import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findPackageDir } from '../bundle/index.ts'
import type { CheckedFunction } from './rule.ts'

/** A file of a package: shipped as it is, or a part of what esbuild made. */
export interface PackageFile {
  /** In the repository, with forward slashes: `node_modules/a/index.js`. */
  path: string
  read(): Promise<string>
}

/** Longer files are data, or programs of others in one line. */
const MOST_CHARACTERS = 4 * 1024 * 1024
/** What esbuild writes above each file that it puts into a bundle. */
const FROM_FILE = /^ *\/\/ (\S*node_modules\/\S+\.[cm]?js)$/m

/**
 * The code of packages in a function's bundle, by the folder of each package in the project. A package without code is
 * there with no file.
 * @param base of the bundle's paths, absolute.
 */
export async function listPackageCode(
  { dir, files, manifest }: CheckedFunction,
  base: string,
  repositoryRoot: string,
): Promise<Map<string, PackageFile[]>> {
  const found = new Map<string, PackageFile[]>()
  const add = (at: string, path: string, read: () => Promise<string>): void => {
    const packageDir = findPackageDir(join(at, path))
    if (packageDir === undefined) return
    const list = found.get(packageDir) ?? []
    found.set(packageDir, list)
    if (/\.[cm]?js$/.test(path)) list.push({ path, read })
  }
  for (const file of files) add(base, file, () => readCode(join(dir, file)))
  if (manifest.bundler === 'esbuild') {
    const [, ...parts] = (await readFile(join(dir, manifest.entry), 'utf8')).split(FROM_FILE)
    for (let at = 0; at + 1 < parts.length; at += 2)
      add(repositoryRoot, parts[at]!, () => Promise.resolve(parts[at + 1]!))
  }
  return found
}

async function readCode(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '') // a link to a folder that is called x.js
  return text.length > MOST_CHARACTERS ? '' : text
}
