import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { RoostError, toNamedFileError } from '../base/errors/index.ts'
import { locateDataDir } from '../base/lib/index.ts'
import { createLog } from '../base/log/index.ts'
import { parseSettings } from '../base/settings/index.ts'
import { requireFolder } from '../builder/project/index.ts'
import { identifySite, prepareDataDir } from '../host/index.ts'
import { type BlobStore, openBlobs } from '../platform/blobs/index.ts'
import { openStore } from '../store/index.ts'
import { isUnread, print, toOutputError } from './output.ts'
import { openTalk, say } from './print.ts'
import { readSettingsFile } from './settings-file.ts'
import { formatTable } from './table.ts'

export interface BlobFlags {
  project?: string
  data?: string
  config?: string
}
export type ListFlags = BlobFlags & { prefix?: string; directories?: boolean; json?: boolean }
export type GetFlags = BlobFlags & { output?: string }
export type SetFlags = BlobFlags & { input?: string }

/** `roost blobs:list`: as JSON what `netlify blobs:list --json` prints. */
export async function runBlobsList(name: string, flags: ListFlags): Promise<void> {
  const { prefix = '', directories = false } = flags
  const result: { blobs: { etag: string; key: string }[]; directories: string[] } = {
    blobs: [],
    directories: [],
  }
  await withBlobs(flags, async (blobs, siteId) => {
    let cursor: string | undefined
    do {
      const paging = cursor === undefined ? {} : { cursor }
      const page = await blobs.list(siteId, toStore(name), { prefix, directories, ...paging })
      result.blobs.push(...page.blobs.map(({ etag, key }) => ({ etag, key })))
      result.directories.push(...page.directories)
      cursor = page.cursor
    } while (cursor !== undefined)
  })
  if (flags.json) return void print(`${JSON.stringify(result)}\n`)
  const rows = [
    ...result.directories.map((key) => [`${key}/`, '']),
    ...result.blobs.map(({ key, etag }) => [key, etag]),
  ]
  if (rows.length === 0) say(`The store ${name} has no blobs${prefix === '' ? '' : ` below "${prefix}"`}.`)
  else print(formatTable(['key', 'etag'], rows))
}

/** `roost blobs:get`. @throws BLOB_NOT_FOUND, USAGE when the file cannot be written */
export async function runBlobsGet(name: string, key: string, flags: GetFlags): Promise<void> {
  await withBlobs(flags, async (blobs, siteId) => {
    const found = await blobs.get({ siteId, store: toStore(name), key })
    if (found === undefined) throw notFound(name, key)
    if (flags.output === undefined) return sendToStdout(found.body)
    const file = await openOutput(flags.output, found.body)
    await pipeline(found.body, file.createWriteStream())
  })
}

/** `roost blobs:set`. @throws USAGE without a content; BLOB_… as the store. */
export async function runBlobsSet(
  name: string,
  key: string,
  value: readonly string[],
  flags: SetFlags,
): Promise<void> {
  const body = openInput(value, flags.input)
  await withBlobs(flags, (blobs, siteId) => blobs.put({ siteId, store: toStore(name), key }, body))
  say(`Blob ${key} was written to the store ${name}.`)
}

/** `roost blobs:delete`: what is not there is an error, so that a slip shows. @throws BLOB_NOT_FOUND */
export async function runBlobsDelete(name: string, key: string, flags: BlobFlags): Promise<void> {
  await withBlobs(flags, async (blobs, siteId) => {
    if (!(await blobs.delete({ siteId, store: toStore(name), key }))) throw notFound(name, key)
  })
  say(`Blob ${key} was deleted from the store ${name}.`)
}

function openInput(value: readonly string[], input: string | undefined): AsyncIterable<Uint8Array> {
  if (input !== undefined) return readInput(input)
  if (value.length === 1 && value[0] === '-') return process.stdin
  if (value.length > 0) return asBody(value.join(' '))
  throw new RoostError('USAGE', 'blobs:set needs a value, or --input FILE.', {
    hint: 'roost blobs:set STORE KEY VALUE, roost blobs:set STORE KEY --input FILE, or - for stdin.',
  })
}

/** Opened when it is read: a stream that fails before anybody listens takes the process with it. */
async function* readInput(path: string): AsyncIterable<Uint8Array> {
  try {
    yield* createReadStream(resolve(path))
  } catch (cause) {
    throw toNamedFileError('--input', path, cause)
  }
}

async function* asBody(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text)
}

async function openOutput(path: string, body: Readable): Promise<FileHandle> {
  try {
    return await open(resolve(path), 'w')
  } catch (cause) {
    body.destroy()
    throw toNamedFileError('--output', path, cause)
  }
}

/** A reader may have seen enough, as `head` has: that is not a failure. */
async function sendToStdout(body: Readable): Promise<void> {
  try {
    await pipeline(body, process.stdout, { end: false })
  } catch (error) {
    if (isUnread(error)) return
    throw (error as NodeJS.ErrnoException).syscall === 'write' ? toOutputError(error as Error) : error
  }
}

/** The data folder itself, not the server: it is there whether one runs or not, and both may write at once. */
async function withBlobs<T>(
  flags: BlobFlags,
  work: (blobs: BlobStore, siteId: string) => Promise<T>,
): Promise<T> {
  const dir = resolve(flags.project ?? '.')
  await requireFolder(dir) // a slip in the name must not make a project of it
  const file = await readSettingsFile(dir, flags.config)
  const settings = parseSettings({ flags: {}, env: process.env, ...(file && { file }) })
  const dataDir = prepareDataDir(locateDataDir(dir, flags.data))
  const log = createLog({ format: 'text', destination: openTalk() })
  const { siteId } = await identifySite(dir)
  await using index = await openStore(join(dataDir, 'roost.db'))
  await using blobs = openBlobs(dataDir, index, settings, log)
  return await work(blobs, siteId)
}

/** Stores of a deploy are named whole: `deploy:ID[:NAME]`. */
function toStore(name: string): string {
  return /^(?:site|deploy):/.test(name) ? name : `site:${name}`
}

function notFound(name: string, key: string): RoostError {
  return new RoostError('BLOB_NOT_FOUND', `The store ${name} has no blob ${key}.`, {
    hint: `List its blobs with "roost blobs:list ${name}".`,
  })
}
