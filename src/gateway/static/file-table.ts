import type { Dirent } from 'node:fs'
import { opendir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { isInside } from '../../base/lib/index.ts'
import type { Coding } from '../encoding/index.ts'

export interface StaticFile {
  /** Absolute, without links. */
  readonly path: string
  /** Its own URL path, decoded, which is not the only one that leads to it: `/about.html`. */
  readonly url: string
  /** Its name changes with its content: clients keep it without asking again. */
  readonly isImmutable?: true
  /** Files beside it that hold the same, compressed: `app.js.br`. */
  encoded?: Partial<Record<Coding, string>>
  /** Of such a file: the one that it is made from. */
  original?: StaticFile
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
 *
 * Other sites are served meanwhile: names are read in the thread pool, SLICE at a time. 100,000 files take half a second and
 * 20 MB (`npm run bench:files`).
 */
export async function scanFiles({
  dir,
  projectDir,
  exclude = [],
  isImmutable = () => false,
}: FileTableOptions): Promise<FileTable> {
  const root = await resolveReal(dir)
  const table = new Map<string, StaticFile>()
  if (root === undefined) return table
  const project = projectDir === undefined ? undefined : await resolveReal(projectDir)
  const excluded = new Set<string>()
  for (const path of exclude) excluded.add((await resolveReal(path)) ?? path)
  for (const name of project === undefined ? [] : PROJECT_FILES) excluded.add(join(project!, name))
  const holdsProject = project !== undefined && isInside(root, project)

  /** Whether a file may be served that lies in a folder that is. */
  const isVisible = (path: string, name: string): boolean => {
    if (name.startsWith('.') && name !== '.well-known') return false
    return !excluded.has(path) && !(holdsProject && name === 'node_modules')
  }

  /** Every folder on the way counts too: a link may lead into the middle of one that is left out. */
  const isServed = (path: string): boolean => {
    if (!isInside(root, path)) return false
    for (let at = path; at !== root; at = dirname(at)) if (!isVisible(at, basename(at))) return false
    return true
  }

  let looked = 0
  /** @param above real paths of the folders we are in: a link to one of them is a ring. */
  const scan = async (folder: string, url: string, above: readonly string[]): Promise<void> => {
    const entries = await listFolder(folder)
    if (isNextBuild(folder, entries)) return
    for (const entry of entries) {
      if (++looked % SLICE === 0) await setImmediate()
      if (isHidden(entry.name, url)) continue
      const isLink = entry.isSymbolicLink()
      const own = `${folder === '/' ? '' : folder}/${entry.name}`
      const path = isLink ? await resolveReal(own) : own
      if (path === undefined || !(isLink ? isServed(path) : isVisible(path, entry.name))) continue
      const found = isLink ? await stat(path).catch(() => undefined) : entry
      const at = `${url}/${entry.name}`
      if (found?.isFile())
        table.set(at, isImmutable(at) ? { path, url: at, isImmutable: true } : { path, url: at })
      else if (found?.isDirectory() && !above.includes(path)) await scan(path, at, [...above, path])
    }
  }
  await scan(root, '', [root])
  await findNeighbours(table)
  return table
}

/** Names that are looked at before others have their turn. */
const SLICE = 1024

async function listFolder(folder: string): Promise<Dirent[]> {
  const entries: Dirent[] = []
  for await (const entry of await opendir(folder, { bufferSize: SLICE }))
    if (entries.push(entry) % SLICE === 0) await setImmediate()
  return entries
}

/** `app.js.br` is a file like any other, and what a client that accepts it gets for `app.js`. */
async function findNeighbours(table: FileTable): Promise<void> {
  let looked = 0
  for (const [url, file] of table) {
    if (++looked % (SLICE * 8) === 0) await setImmediate()
    const dot = url.lastIndexOf('.')
    const coding = dot === -1 ? undefined : SUFFIXES.get(url.slice(dot))
    const original = coding === undefined ? undefined : table.get(url.slice(0, dot))
    if (original === undefined) continue
    original.encoded = { ...original.encoded, [coding!]: file.path }
    file.original = original
  }
}

const SUFFIXES: ReadonlyMap<string, Coding> = new Map([
  ['.br', 'br'],
  ['.zst', 'zstd'],
  ['.gz', 'gzip'],
])

export const PROJECT_FILES = [
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

function resolveReal(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined) // a link that leads nowhere, a folder that is not there: nothing to serve
}
