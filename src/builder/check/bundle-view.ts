import { readFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { isInside } from '../../base/lib/index.ts'
import { OWN_PACKAGE_JSON } from '../bundle/index.ts'
import type { Project } from '../project/index.ts'
import type { CheckedFunction } from './rule.ts'

/** A function's files under the paths that they have in the project. */
export interface BundleView {
  /** Whether a file, or anything in a folder, comes along. */
  has(path: string): boolean
  /** Absolute: what Netlify makes the root of its archive and so the working directory (build.md §13.2). */
  netlifyRoot: string
}

export async function viewBundle(
  { config, manifest, dir, files }: CheckedFunction,
  { buildDir, repositoryRoot }: Project,
): Promise<BundleView> {
  // Paths start at the base directory, or at the repository when something came from above it (bundle/layout.ts).
  const root = manifest.cwd === undefined ? (config.rootDir ?? buildDir) : repositoryRoot
  const known = new Set(files)
  const toBundlePath = (path: string) => relative(root, path).split(sep).join('/')
  return {
    has: (path) => known.has(toBundlePath(path)) || files.some((file) => isInside(toBundlePath(path), file)),
    netlifyRoot:
      manifest.bundler === 'esbuild' ? repositoryRoot : join(root, await findCommonFolder(dir, files)),
  }
}

/** The longest folder that all files share, of those that Netlify's bundler would write as well. */
async function findCommonFolder(dir: string, files: readonly string[]): Promise<string> {
  const theirs: string[] = []
  for (const file of files) {
    if (file.endsWith('.map')) continue
    if (file === 'package.json' && (await readFile(join(dir, file), 'utf8')) === OWN_PACKAGE_JSON) continue
    theirs.push(dirname(file))
  }
  const [first = '.', ...others] = theirs
  const parts = first === '.' ? [] : first.split('/')
  while (parts.length > 0 && !others.every((other) => isInside(parts.join('/'), other))) parts.pop()
  return parts.join('/')
}
