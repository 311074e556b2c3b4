import { readdirSync, realpathSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isInside } from '../../base/lib/index.ts'

export interface StaticFile {
  /** Absolute, without links. */
  readonly path: string
  /** Its own URL path, decoded, which is not the only one that leads to it: `/about.html`. */
  readonly url: string
  /** Its name changes with its content: clients keep it without asking again. */
  readonly isImmutable?: true
}

/** Decoded URL path → file: `/a b/index.html`. Case-sensitive. */
export type FileTable = ReadonlyMap<string, StaticFile>

export interface FileTableOptions {
  /** The publish directory. */
  dir: string
  /** The project that is published: its own files are not the site's, should `dir` hold them (D8). */
  projectDir?: string | undefined
  /** Files and folders that are never served, absolute: the functions directory, the data folder. */
  exclude?: readonly string[]
  /** Whether the file at this URL path has its content's hash in its name. */
  isImmutable?(url: string): boolean
}

/**
 * Lists what a site serves, once: a deploy is immutable, and a path that is not in the table leads nowhere, whatever
 * it says. Left out (D8): dot files and dot folders except `.well-known`, `_redirects` and `_headers`, links
 * that lead outside, of a project its modules, configuration and lock files, and a folder that `next build` made,
 * which holds the server's code and keys.
 */
export function scanFiles({
  dir,
  projectDir,
  exclude = [],
  isImmutable = () => false,
}: FileTableOptions): FileTable {
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
    const entries = readdirSync(folder, { withFileTypes: true })
    if (isNextBuild(folder, entries)) return
    for (const entry of entries) {
      const path = entry.isSymbolicLink() ? resolveReal(join(folder, entry.name)) : join(folder, entry.name)
      if (path === undefined || !isServed(path) || isHidden(entry.name, url)) continue
      const stats = entry.isSymbolicLink() ? statOf(path) : entry
      const at = `${url}/${entry.name}`
      if (stats?.isFile())
        table.set(at, isImmutable(at) ? { path, url: at, isImmutable: true } : { path, url: at })
      else if (stats?.isDirectory() && !above.includes(path)) scan(path, at, [...above, path])
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

/** `.next`, or what `distDir` calls it: Netlify never publishes it either, but what its plugin takes from it. */
export function isNextBuild(folder: string, entries: readonly { name: string }[]): boolean {
  return (
    basename(folder) === '.next' || NEXT_FILES.every((name) => entries.some((entry) => entry.name === name))
  )
}

const NEXT_FILES = ['BUILD_ID', 'required-server-files.json']

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
