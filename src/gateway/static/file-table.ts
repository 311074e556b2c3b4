import { readdirSync, realpathSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isInside } from '../../base/lib/index.ts'

export interface StaticFile {
  /** Absolute, without links. */
  readonly path: string
}

/** Decoded URL path → file: `/a b/index.html`. Case-sensitive. */
export type FileTable = ReadonlyMap<string, StaticFile>

export interface FileTableOptions {
  /** The publish directory. */
  dir: string
  /** The project that is published: its own files are not the site's, should `dir` hold them (decision 8). */
  projectDir?: string | undefined
  /** Files and folders that are never served, absolute: the functions directory, the data folder. */
  exclude?: readonly string[]
}

/**
 * Lists what a site serves, once: a deploy is immutable, and a path that is not in the table leads nowhere, whatever
 * it says. Left out (decision 8): dot files and dot folders except `.well-known`, `_redirects` and `_headers`, links
 * that lead outside, and of a project its modules, configuration and lock files.
 */
export function scanFiles({ dir, projectDir, exclude = [] }: FileTableOptions): FileTable {
  const root = resolveReal(dir)
  const table = new Map<string, StaticFile>()
  if (root === undefined) return table
  const project = projectDir === undefined ? undefined : resolveReal(projectDir)
  const excluded = new Set(exclude.flatMap((path) => resolveReal(path) ?? []))
  for (const name of project === undefined ? [] : PROJECT_FILES) excluded.add(join(project!, name))
  const holdsProject = project !== undefined && isInside(root, project)

  const isServed = (path: string): boolean => {
    if (!isInside(root, path)) return false
    // Every folder on the way counts too: a link may lead into the middle of one that is left out.
    for (let at = path; at !== root; at = dirname(at)) {
      const name = basename(at)
      if (excluded.has(at) || (name.startsWith('.') && name !== '.well-known')) return false
      if (holdsProject && name === 'node_modules') return false
    }
    return true
  }

  /** @param above real paths of the folders we are in: a link to one of them is a ring. */
  const scan = (folder: string, url: string, above: readonly string[]): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = entry.isSymbolicLink() ? resolveReal(join(folder, entry.name)) : join(folder, entry.name)
      if (path === undefined || !isServed(path) || isHidden(entry.name, url)) continue
      const stats = entry.isSymbolicLink() ? statOf(path) : entry
      if (stats?.isFile()) table.set(`${url}/${entry.name}`, { path })
      else if (stats?.isDirectory() && !above.includes(path))
        scan(path, `${url}/${entry.name}`, [...above, path])
    }
  }
  scan(root, '', [root])
  return table
}

const PROJECT_FILES = [
  'netlify.toml',
  'package.json',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'bun.lock',
  'bun.lockb',
  'deno.lock',
]

/** By the name under which it would be served; `isServed` looks at where it really is. */
function isHidden(name: string, url: string): boolean {
  if (name.startsWith('.')) return name !== '.well-known'
  return url === '' && (name === '_redirects' || name === '_headers')
}

function resolveReal(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined // a link that leads nowhere, a folder that is not there: nothing to serve
  }
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}
