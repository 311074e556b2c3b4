import type { IncomingMessage } from 'node:http'
import { isRoostError, RoostError } from '../../base/errors/index.ts'
import type { Exchange } from '../../base/loopback/index.ts'
import type { Blob, BlobStore, PutOptions } from '../../platform/blobs/index.ts'
import { MAX_METADATA_BYTES } from '../../platform/blobs/index.ts'
import type { BlobTarget } from './blob-target.ts'
import { methodNotAllowed, replyEmpty, replyError, replyJson, toRoostError } from './exchange.ts'
import { paceUpload, type UploadPace } from './upload-pace.ts'

const SIGNED_URL = 'application/json;type=signed-url'
const EDGE_METADATA = 'x-amz-meta-user'
const API_METADATA = 'netlify-blobs-metadata'

/** Whether the request asks for a URL instead of the thing itself. */
export function wantsSignedUrl(request: IncomingMessage, { mode, key }: BlobTarget): boolean {
  const { method } = request
  if (mode === 'edge' || !key || (method !== 'GET' && method !== 'PUT')) return false
  return mode === 'legacy-api' || method === 'PUT' || request.headers.accept === SIGNED_URL
}

/** Answers a request that has been let in to `target`'s site (runtime.md §16.1). */
export async function answerBlobs(
  { blobs, limits }: { blobs: BlobStore; limits: UploadPace },
  target: BlobTarget,
  exchange: Exchange,
): Promise<void> {
  try {
    await answer(blobs, limits, target, exchange)
  } catch (error) {
    if (isRoostError(error) && exchange.isOpen) sayWhen(error, exchange)
    throw error
  }
}

/** Clients try again by themselves when they are told when (runtime.md §16.1). */
function sayWhen({ details }: RoostError, { response }: Exchange): void {
  const { retryAfterMs } = details
  if (typeof retryAfterMs !== 'number') return
  response.setHeader('retry-after', Math.ceil(retryAfterMs / 1000))
  response.setHeader('x-ratelimit-reset', Math.ceil((Date.now() + retryAfterMs) / 1000))
}

async function answer(
  blobs: BlobStore,
  limits: UploadPace,
  target: BlobTarget,
  exchange: Exchange,
): Promise<void> {
  const { siteId, store, key } = target
  const { request } = exchange
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (store === undefined) {
    if (request.method !== 'GET') throw methodNotAllowed(exchange)
    const page = await blobs.listStores(siteId, readPaging(target.query))
    return replyJson(exchange, { stores: page.stores, next_cursor: page.cursor })
  }
  if (key === undefined) return answerStore(blobs, { ...target, store }, exchange)
  if (key === '') throw keyMissing()
  const at = { siteId, store, key }
  if (isRead) return sendBlob(blobs, at, target, exchange)
  if (request.method === 'PUT') return takeBlob(blobs, limits, at, exchange)
  if (request.method === 'DELETE') {
    await blobs.delete(at)
    return replyEmpty(exchange, 204)
  }
  throw methodNotAllowed(exchange)
}

async function answerStore(
  blobs: BlobStore,
  { siteId, store, query }: BlobTarget & { store: string },
  exchange: Exchange,
): Promise<void> {
  const { request } = exchange
  if (request.method === 'GET') {
    const directories = query.get('directories') === 'true'
    const json = await blobs.listJson(siteId, store, { ...readPaging(query), directories })
    return exchange.reply(200, { 'content-type': 'application/json', 'content-length': json.length }, json)
  }
  if (request.method === 'DELETE') {
    const { deleted, hasMore } = await blobs.deleteAll(siteId, store)
    return replyJson(exchange, { blobs_deleted: deleted, has_more: hasMore })
  }
  if (request.method === 'PUT' || request.method === 'HEAD') throw keyMissing()
  throw methodNotAllowed(exchange)
}

function keyMissing(): RoostError {
  return new RoostError('BLOB_INVALID', 'The key is missing.', { hint: 'Name the blob after the store.' })
}

type Address = Parameters<BlobStore['get']>[0]

async function sendBlob(
  blobs: BlobStore,
  at: Address,
  { mode }: BlobTarget,
  exchange: Exchange,
): Promise<void> {
  const { request } = exchange
  const seen = request.headers['if-none-match']
  if (request.method === 'HEAD' || seen !== undefined) {
    const head = await blobs.head(at)
    if (head === undefined) return replyEmpty(exchange, 404)
    if (seen !== undefined && includesEtag(seen, head.etag))
      return replyEmpty(exchange, 304, toHeaders(head, mode))
    if (request.method === 'HEAD')
      return replyEmpty(exchange, 200, { ...toHeaders(head, mode), 'content-length': head.size })
  }
  const found = await blobs.get(at)
  if (found === undefined) return replyEmpty(exchange, 404)
  const headers = {
    ...toHeaders(found.blob, mode),
    'content-length': found.blob.size,
    'content-type': 'application/octet-stream',
  }
  await exchange.stream(200, headers, found.body)
}

async function takeBlob(
  blobs: BlobStore,
  limits: UploadPace,
  at: Address,
  exchange: Exchange,
): Promise<void> {
  const options = readPutOptions(exchange.request)
  const isConditional = options.onlyIfNew === true || options.onlyIfMatch !== undefined
  try {
    const result = await blobs.put(at, paceUpload(exchange.body, limits), options)
    if (result.isWritten) replyEmpty(exchange, 200, { etag: result.etag })
    else replyEmpty(exchange, 412)
  } catch (error) {
    if (!isConditional || !exchange.isOpen) throw error
    // The client takes every answer to a conditional write but 412 for "it is written". Nothing is.
    replyError(exchange, toRoostError(error), 412)
  }
}

function readPutOptions({ headers }: IncomingMessage): PutOptions {
  const metadata = headers[EDGE_METADATA] ?? headers[API_METADATA]
  const options: PutOptions = {}
  // Digits: whoever read the head has made sure of that.
  if (headers['content-length'] !== undefined) options.size = Number(headers['content-length'])
  if (typeof metadata === 'string') {
    if (metadata.length > MAX_METADATA_BYTES)
      throw new RoostError('BLOB_INVALID', `The metadata has ${metadata.length} bytes.`, {
        hint: `At most ${MAX_METADATA_BYTES} are allowed.`,
      })
    options.metadata = metadata
  }
  if (headers['if-none-match']?.trim() === '*') options.onlyIfNew = true
  else if (headers['if-match'] !== undefined) options.onlyIfMatch = splitEtags(headers['if-match'])
  return options
}

function toHeaders({ etag, metadata, modifiedAtMs }: Blob, mode: BlobTarget['mode']): Record<string, string> {
  return {
    etag,
    'last-modified': new Date(modifiedAtMs).toUTCString(),
    ...(metadata !== '' && { [mode === 'edge' ? EDGE_METADATA : API_METADATA]: metadata }),
  }
}

function readPaging(query: URLSearchParams): { prefix?: string; cursor?: string } {
  const [prefix, cursor] = [query.get('prefix'), query.get('cursor')]
  return { ...(prefix !== null && { prefix }), ...(cursor !== null && cursor !== '' && { cursor }) }
}

function splitEtags(text: string): string[] {
  return text.split(',').map((etag) => etag.trim())
}

function includesEtag(list: string, etag: string): boolean {
  return splitEtags(list).some((each) => each === '*' || each.replace(/^W\//, '') === etag)
}
