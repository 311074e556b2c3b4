import { createReadStream } from 'node:fs'
import { RoostError } from '../../base/errors/index.ts'
import type { DeployFile, DeployFiles } from './deploy-files.ts'
import { mapParallel } from './map-parallel.ts'
import type { BlobStore } from './store.ts'

/** No site has this ID: what is noted here is in nobody's lists. */
const NOTES = { siteId: 'roost', store: 'site:filled-deploy-stores' }

/**
 * Puts the files that a build has left into the store of its deploy, once: from then on the blobs are the functions',
 * and a restart neither takes back what they have written nor brings back what they have deleted. A fill that was
 * interrupted is taken up again.
 *
 * @returns whether there was anything to do. @throws what BlobStore.put throws, with the file in its message.
 */
export async function fillDeployStore(
  blobs: BlobStore,
  { siteId, deployId }: { siteId: string; deployId: string },
  { files }: DeployFiles,
): Promise<boolean> {
  const note = { ...NOTES, key: `${siteId}/${deployId}` }
  if ((await blobs.head(note)) !== undefined) return false
  await mapParallel(files, (file) => putFile(blobs, { siteId, store: `deploy:${deployId}` }, file))
  await blobs.put(note, one(String(files.length)))
  return true
}

async function putFile(
  blobs: BlobStore,
  place: { siteId: string; store: string },
  { key, path, metadata }: DeployFile,
): Promise<void> {
  try {
    await blobs.put({ ...place, key }, readPieces(path), { metadata, onlyIfNew: true })
  } catch (cause) {
    if (!(cause instanceof RoostError)) throw cause
    throw new RoostError(cause.code, `${path} cannot become a blob of the deploy: ${cause.message}`, {
      ...(cause.hint !== undefined && { hint: cause.hint }),
      details: { ...cause.details, file: path },
      cause,
    })
  }
}

/** Opened by its reader: a stream that is not there fails before anybody listens. */
async function* readPieces(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path)
}

async function* one(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
