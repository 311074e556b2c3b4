import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { isOpenedAt } from '../../base/lib/index.ts'
import { digestFiles, type FolderDigest, hashBytes } from './digest.ts'
import type { ArtifactFile, ContentHash } from './files.ts'
import type { Manifest } from './manifest.ts'
import { MANIFEST_NAME } from './read.ts'

const FUNCTIONS_DIR = 'functions'
const TEMPORARY_PREFIX = '.new-'
/** How long a folder that no manifest names any more is kept: a background invocation may still run from it. */
const KEEP_UNUSED_MS = 30 * 60_000

export interface WrittenFunction extends FolderDigest {
  /** Relative to the artifact, with forward slashes. */
  dir: string
}

export interface ArtifactWriter {
  /**
   * Puts a function's files into a folder of their own, named after their digest. Nobody sees it before a manifest
   * names it, and nobody changes it afterwards.
   */
  writeFunction(name: string, files: readonly ArtifactFile[]): Promise<WrittenFunction>
  /** Whether the folder that `writeFunction` made for this digest is still there. */
  hasFunction(name: string, digest: string): Promise<boolean>
  /** The folder of a digest, relative to the artifact. */
  dirOf(name: string, digest: string): string
  /** Makes the build the current one: one rename, so a reader sees the old build or the new one, never a mixture. */
  publish(manifest: Manifest): Promise<void>
}

/**
 * Writes an artifact to `dir`:
 *
 *   manifest.json                 what is current; replaced by a rename
 *   functions/NAME/DIGEST/…       files of one version of one function, immutable
 *
 * Versions stand beside each other: a build that fails leaves the last one whole, an unchanged function costs nothing,
 * and instances of the version before keep their files. Unused versions go half an hour after they fell out of use.
 */
export function createArtifactWriter(
  dir: string,
  hashFile: (path: string) => Promise<ContentHash> = readAndHash,
): ArtifactWriter {
  const dirOf = (name: string, digest: string) =>
    `${FUNCTIONS_DIR}/${toFolderName(name)}/${digest.slice(0, 16)}`
  const written = new Map<string, string>()
  const exists = async (path: string) => (await stat(path).catch(ignoreMissing))?.isDirectory() === true

  return {
    dirOf,
    hasFunction: (name, digest) => exists(join(dir, dirOf(name, digest))),
    async writeFunction(name, files) {
      const folder = await digestFiles(files, hashFile)
      const target = join(dir, dirOf(name, folder.digest))
      if (!(await exists(target))) writeFolder(dir, target, files, written)
      return { ...folder, dir: dirOf(name, folder.digest) }
    },
    async publish(manifest) {
      await mkdir(dir, { recursive: true })
      // A working directory may hold none of the function's files: functions can lie outside of the site's base.
      for (const fn of manifest.functions)
        if (fn.cwd !== undefined) await mkdir(join(dir, fn.dir, fn.cwd), { recursive: true })
      const before = await readCurrentDirs(dir)
      const now = new Set(manifest.functions.map((fn) => fn.dir))
      const temporary = join(dir, `${TEMPORARY_PREFIX}${randomName()}`)
      await writeFile(temporary, `${JSON.stringify(manifest, null, 2)}\n`)
      await rename(temporary, join(dir, MANIFEST_NAME))
      await removeUnused(dir, before, now)
    },
  }
}

/**
 * Synchronous: a function has hundreds of small files, and handing each to a thread costs more than writing it. The
 * process has nothing else to do (see builder/child).
 */
function writeFolder(
  dir: string,
  target: string,
  files: readonly ArtifactFile[],
  written: Map<string, string>,
): void {
  const temporary = join(dir, `${TEMPORARY_PREFIX}${randomName()}`)
  try {
    mkdirSync(temporary, { recursive: true })
    for (const folder of listFolders(files)) mkdirSync(join(temporary, folder))
    for (const file of files) writeOne(file, join(temporary, file.path), written)
    mkdirSync(dirname(target), { recursive: true })
    renameSync(temporary, target)
    for (const file of files) {
      const key = toSharedKey(file)
      if (key !== undefined) written.set(key, join(target, file.path))
    }
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true })
    // Another build wrote the same version at the same time: its files are ours, byte for byte.
    if (isCode(error, 'ENOTEMPTY', 'EEXIST')) return
    throw error
  }
}

/** All folders that files stand in, each after the one that holds it: a recursive mkdir tries the last one first. */
function listFolders(files: readonly ArtifactFile[]): string[] {
  const folders = new Set<string>()
  for (const { path } of files)
    for (let folder = dirname(path); folder !== '.' && !folders.has(folder); folder = dirname(folder))
      folders.add(folder)
  return [...folders].sort()
}

function writeOne(file: ArtifactFile, path: string, written: ReadonlyMap<string, string>): void {
  if (file.kind === 'link') return symlinkSync(file.target, path)
  if (file.kind === 'text') {
    const same = written.get(toSharedKey(file) ?? '')
    if (same === undefined || !share(same, path)) writeFileSync(path, file.content, { mode: file.mode })
    return
  }
  // Installed packages are replaced, not edited, so they can be shared. The user's own files are edited in place.
  // link(2) makes another name for a link too, if one has taken the file's place.
  if (file.from.includes(`${sep}node_modules${sep}`) && share(file.from, path) && lstatSync(path).isFile())
    return
  copyOne(file.from, path)
}

/**
 * The bytes of the file at `from`, a path without links: it was looked at before, and what has since taken the place of
 * the file, or of a folder above it, may lead anywhere.
 */
function copyOne(from: string, to: string): void {
  const fd = openSync(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    if (!fstatSync(fd).isFile() || !isOpenedAt(fd, from))
      throw new Error(`${from} was replaced while it was being read`)
    copyFileSync(existsSync('/proc/self/fd') ? `/proc/self/fd/${fd}` : from, to, constants.COPYFILE_FICLONE)
  } finally {
    closeSync(fd)
  }
}

/** Small generated files, every function's package.json before all: making one more of a kind costs more than a link. */
function toSharedKey(file: ArtifactFile): string | undefined {
  const isShared = file.kind === 'text' && typeof file.content === 'string' && file.content.length < 100
  return isShared ? `${file.mode} ${file.content as string}` : undefined
}

/** False: another file system, or one without hard links, or too many of them, or the file is gone. */
function share(from: string, path: string): boolean {
  try {
    linkSync(from, path)
    return true
  } catch (error) {
    if (isCode(error, 'EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'ENOSYS', 'ENOENT')) return false
    throw error
  }
}

/** Folders of the manifest that is in place, whatever state it is in: nothing is decided by it but their age. */
async function readCurrentDirs(dir: string): Promise<string[]> {
  try {
    const manifest = JSON.parse(await readFile(join(dir, MANIFEST_NAME), 'utf8')) as Manifest
    return manifest.functions.map((fn) => fn.dir)
  } catch {
    return [] // the first build, or a damaged one that is being replaced
  }
}

async function removeUnused(dir: string, before: string[], now: Set<string>): Promise<void> {
  const time = new Date()
  for (const unused of before.filter((folder) => !now.has(folder)))
    await utimes(join(dir, unused), time, time).catch(ignoreMissing)
  for (const name of await list(join(dir, FUNCTIONS_DIR))) {
    const versions = await list(join(dir, FUNCTIONS_DIR, name))
    for (const version of versions)
      if (!now.has(`${FUNCTIONS_DIR}/${name}/${version}`))
        await removeOld(join(dir, FUNCTIONS_DIR, name, version))
  }
  for (const name of await list(dir)) if (name.startsWith(TEMPORARY_PREFIX)) await removeOld(join(dir, name))
}

async function removeOld(path: string): Promise<void> {
  const found = await stat(path).catch(ignoreMissing)
  if (found !== undefined && Date.now() - found.mtimeMs > KEEP_UNUSED_MS)
    await rm(path, { recursive: true, force: true })
}

async function list(dir: string): Promise<string[]> {
  return (await readdir(dir).catch(ignoreMissing)) ?? []
}

/** Function names come from file names: anything but a slash. A folder is never hidden and never `..`. */
function toFolderName(name: string): string {
  return encodeURIComponent(name).replace(/^\.+/, (dots) => '%2E'.repeat(dots.length))
}

async function readAndHash(path: string): Promise<ContentHash> {
  return hashBytes(await readFile(path))
}

function randomName(): string {
  return randomBytes(6).toString('hex')
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (isCode(error, 'ENOENT', 'ENOTDIR')) return undefined
  throw error
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '')
}
