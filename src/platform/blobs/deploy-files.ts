import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { RoostError } from '../../base/errors/index.ts'
import { mapParallel } from './map-parallel.ts'

/** Files that a build has left for the deploy store: what Netlify uploads with a deploy. */
export interface DeployFiles {
  /** Absolute. */
  dir: string
  files: DeployFile[]
  /** Over keys, content and metadata: the same files have the same digest wherever they lie. */
  digest: string
}

export interface DeployFile {
  key: string
  path: string
  /** As a client encodes it, or ''. */
  metadata: string
}

/**
 * Where Netlify's build looks, in its order; the first folder with a file in it counts, alone. The newest form keeps
 * a blob as `KEY/blob` and `KEY/blob.meta.json`, the older ones as `KEY` and `$KEY.json` beside it.
 */
const FOLDERS = [
  { path: '.netlify/v1/blobs/deploy', find: findNested },
  { path: '.netlify/deploy/v1/blobs/deploy', find: findFlat },
  { path: '.netlify/blobs/deploy', find: findFlat },
]

/** @param buildDir the site's base directory. @throws BLOB_INVALID for metadata that cannot be read. */
export async function readDeployFiles(buildDir: string): Promise<DeployFiles | undefined> {
  for (const { path, find } of FOLDERS) {
    const dir = join(buildDir, path)
    const paths = await listFiles(dir)
    if (paths.length === 0) continue
    const files = await mapParallel(find(paths), (found) => readOne(dir, found))
    const hashes = await mapParallel(files, ({ path: file }) => hashFile(file))
    const hash = createHash('sha256')
    for (const [at, { key, metadata }] of files.entries()) hash.update(`${key}\0${metadata}\0${hashes[at]}\0`)
    return { dir, files, digest: hash.digest('hex') }
  }
  return undefined
}

interface Found {
  key: string
  path: string
  metadataPath: string | undefined
}

function findNested(paths: readonly string[]): Found[] {
  const there = new Set(paths)
  return paths
    .filter((path) => basename(path) === 'blob' && dirname(path) !== '.')
    .map((path) => {
      const metadataPath = `${path}.meta.json`
      return { key: dirname(path), path, metadataPath: there.has(metadataPath) ? metadataPath : undefined }
    })
}

function findFlat(paths: readonly string[]): Found[] {
  const there = new Set(paths)
  return paths
    .filter((path) => !basename(path).startsWith('$'))
    .map((path) => {
      const metadataPath = join(dirname(path), `$${basename(path)}.json`)
      return { key: path, path, metadataPath: there.has(metadataPath) ? metadataPath : undefined }
    })
}

/** Relative, with forward slashes, sorted. Links are left out, as Netlify's build leaves them out. */
async function listFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(ignoreMissing)
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

async function readOne(dir: string, { key, path, metadataPath }: Found): Promise<DeployFile> {
  const metadata = metadataPath === undefined ? '' : await readMetadata(join(dir, metadataPath))
  return { key, path: join(dir, path), metadata }
}

async function readMetadata(file: string): Promise<string> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    if (typeof value !== 'object' || value === null) throw new TypeError('it is not an object')
    return `b64;${Buffer.from(JSON.stringify(value)).toString('base64')}`
  } catch (cause) {
    throw new RoostError(
      'BLOB_INVALID',
      `${file}: the metadata cannot be read: ${(cause as Error).message}`,
      {
        hint: 'The file is written by the build of a framework: run that again.',
        details: { file },
        cause,
      },
    )
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

function ignoreMissing(error: NodeJS.ErrnoException): [] {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
  return []
}
