import { join, relative } from 'node:path'
import type { RequestHead } from '../http/index.ts'
import { FileDelivery } from './file-delivery.ts'
import type { FileSink, SendOptions } from './file-sender.ts'
import { type FileTable, type FileTableOptions, type StaticFile, scanFiles } from './file-table.ts'
import { describeUnserved } from './unserved-file.ts'

/** The static files of a deploy: which one answers a path. */
export interface StaticSite {
  find(path: string): StaticMatch | undefined
  /** Whether `find` leads to a file, directly or by a redirect. */
  has(path: string): boolean
  /** Answers GET or HEAD with one of its files, through `sink` or `options.onMissing`. */
  send(file: StaticFile, head: RequestHead, sink: FileSink, options: SendOptions): void
  /** How messages name the file that a path asks for: relative to the project. */
  nameFile(path: string): string
  /** Why `find` knows no file for a path where one lies; undefined: there is none. Looks at the disk. */
  describeUnserved(path: string): Promise<string | undefined>
  /** The site's own page for what is not found. */
  readonly notFoundPage: StaticFile | undefined
  readonly size: number
}

export type StaticMatch =
  | { readonly kind: 'file'; readonly file: StaticFile }
  /** The same page has another address: the path, percent-encoded, without query. */
  | { readonly kind: 'redirect'; readonly path: string }
  /** The path leads outside or holds a NUL byte. */
  | { readonly kind: 'unsafe' }

export interface StaticSiteOptions extends FileTableOptions {
  /**
   * One address per page (dev-and-edge.md §3.4): `/folder` is sent to `/folder/`, `/page/` to `/page`. Off: both
   * answer. On by default, as on Netlify.
   */
  prettyUrls?: boolean
  /** Sends the files; shared with other sites. */
  delivery?: FileDelivery
}

export async function createStaticSite({
  prettyUrls = true,
  delivery = new FileDelivery(),
  ...options
}: StaticSiteOptions): Promise<StaticSite> {
  const files = await scanFiles(options)
  const find = (path: string): StaticMatch | undefined => {
    const decoded = decodePath(path)
    if (decoded === undefined) return undefined
    if (isUnsafe(decoded)) return UNSAFE
    // Routes and rules do not take it for a slash: a folder that a rule guards has no other spelling.
    if (/%2f/i.test(path)) return undefined
    const isFolder = decoded.endsWith('/')
    const exact = isFolder ? undefined : files.get(decoded)
    if (exact !== undefined) return { kind: 'file', file: exact }
    const base = isFolder ? decoded.slice(0, -1) : decoded
    const page = base === '' ? undefined : findPage(files, base)
    const index = findPage(files, `${base}/index`)
    // The page under its own name comes first, except where a slash asks for the folder and both may answer.
    const [file, isIndex] =
      page !== undefined && (prettyUrls || !isFolder || index === undefined) ? [page, false] : [index, true]
    if (file === undefined) return undefined
    if (!prettyUrls || isIndex === isFolder) return { kind: 'file', file }
    return { kind: 'redirect', path: isFolder ? path.slice(0, -1) : `${path}/` }
  }
  return {
    find,
    has: (path) => {
      const match = find(path)
      return match !== undefined && match.kind !== 'unsafe'
    },
    send: (file, head, sink, sendOptions) => delivery.send(file, head, sink, sendOptions),
    nameFile(path) {
      const decoded = decodePath(path) ?? path
      const file = join(options.dir, decoded.endsWith('/') ? `${decoded}index.html` : decoded)
      return relative(options.projectDir ?? options.dir, file)
    },
    async describeUnserved(path) {
      const decoded = decodePath(path)
      return decoded === undefined || isUnsafe(decoded) ? undefined : describeUnserved(options, decoded)
    },
    notFoundPage: files.get('/404.html'),
    size: files.size,
  }
}

const UNSAFE: StaticMatch = { kind: 'unsafe' }

function findPage(files: FileTable, base: string): StaticFile | undefined {
  return files.get(`${base}.html`) ?? files.get(`${base}.htm`)
}

/** Decoded once, fully (D32). What is not well-formed is the name of no file. */
function decodePath(path: string): string | undefined {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined // `%` without two digits, or bytes that are not UTF-8
  }
}

/** The table knows no such path; the client is told that it is the path, not the file, that is wrong. */
function isUnsafe(decoded: string): boolean {
  return decoded.includes('\0') || /(?:^|[/\\])\.\.(?:[/\\]|$)/.test(decoded)
}
