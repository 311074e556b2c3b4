import { openAsBlob } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { AwsClient } from 'aws4fetch'
import { RoostError } from '../../base/errors/index.ts'
import type { ContentStore, StoredContent } from './content.ts'
import { Drafts } from './drafts.ts'

export interface S3Options {
  /** Bucket and prefix in path style: `https://HOST/BUCKET[/PREFIX]`. */
  url: string
  region: string
  accessKeyId: string
  secretAccessKey: string
  /** Where bodies wait for their hash, which S3 wants before the first byte. */
  draftDir: string
}

/** Attempts after the first; waits grow from 50 ms. */
const RETRIES = 3
const ANSWER_MS = 60_000

/**
 * Content in a bucket of any S3-compatible service. The index stays in the database, so nothing is asked of the
 * service but to keep objects: no conditional writes, no order of lists, no metadata.
 */
export function createS3Content(options: S3Options): ContentStore {
  const { accessKeyId, secretAccessKey, region } = options
  const drafts = new Drafts(options.draftDir)
  let loading: Promise<AwsClient> | undefined
  /** Every server gets as far as this file; what signs requests is for those with a bucket. */
  const loadClient = async (): Promise<AwsClient> => {
    const { AwsClient } = await import('aws4fetch')
    return new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: RETRIES })
  }
  const base = new URL(options.url.replace(/\/+$/, ''))
  const [bucket = '', ...prefix] = base.pathname.slice(1).split('/')
  const root = [...prefix, 'sha256', ''].join('/')
  const toUrl = (hash: string): string => `${base.origin}/${bucket}/${root}${hash.slice(0, 2)}/${hash}`

  const send = async (url: string, init: RequestInit, accepted: readonly number[]): Promise<Response> => {
    let response: Response
    try {
      loading ??= loadClient()
      const client = await loading
      response = await client.fetch(url, { signal: AbortSignal.timeout(ANSWER_MS), ...init })
    } catch (cause) {
      throw toError(url, (cause as Error).message, cause)
    }
    if (accepted.includes(response.status)) return response
    const text = (await response.text()).slice(0, 300)
    throw toError(url, `${response.status} ${/<Code>([^<]*)/.exec(text)?.[1] ?? text}`)
  }

  return {
    async receive(body, maxBytes) {
      const { path, hash, size } = await drafts.write(body, maxBytes)
      const discard = (): Promise<void> => rm(path, { force: true })
      return {
        hash,
        size,
        async publish() {
          const headers = { 'x-amz-content-sha256': hash }
          // As long as it takes: the size is bounded, and the service ends what stalls.
          await send(
            toUrl(hash),
            { method: 'PUT', body: await openAsBlob(path), headers, signal: null },
            [200],
          )
          await discard()
        },
        discard,
      }
    },
    async open(hash, size) {
      const response = await send(toUrl(hash), { method: 'GET', signal: null }, [200, 404])
      if (response.status === 200 && Number(response.headers.get('content-length')) === size)
        return response.body === null
          ? Readable.from([])
          : Readable.fromWeb(response.body as ReadableStream<Uint8Array>)
      await response.body?.cancel()
      return undefined
    },
    async *list() {
      let token: string | undefined
      do {
        const query = new URLSearchParams({ 'list-type': '2', prefix: root })
        if (token !== undefined) query.set('continuation-token', token)
        const response = await send(`${base.origin}/${bucket}?${query}`, { method: 'GET' }, [200])
        const page = readListing(await response.text())
        yield page.contents
        token = page.next
      } while (token !== undefined)
    },
    async deleteOld(hash, beforeMs, mayDelete) {
      const found = await send(toUrl(hash), { method: 'HEAD' }, [200, 404])
      const modifiedAtMs = Date.parse(found.headers.get('last-modified') ?? '')
      if ((found.status === 200 && !(modifiedAtMs < beforeMs)) || !mayDelete()) return false
      if (found.status === 200) await send(toUrl(hash), { method: 'DELETE' }, [200, 204, 404])
      return true
    },
    deleteLostDrafts: () => drafts.deleteLost(),
    isAlone: () => drafts.isAlone(),
    close: () => drafts.close(),
  }
}

/** The answer to ListObjectsV2. Our keys hold hexadecimal digits, so nothing but the token is ever escaped. */
function readListing(xml: string): { contents: StoredContent[]; next: string | undefined } {
  const contents: StoredContent[] = []
  for (const [, entry = ''] of xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
    const hash = /<Key>[^<]*\/([0-9a-f]{64})<\/Key>/.exec(entry)?.[1]
    const modified = /<LastModified>([^<]*)</.exec(entry)?.[1]
    if (hash !== undefined && modified !== undefined)
      contents.push({ hash, modifiedAtMs: Date.parse(modified) })
  }
  const next = /<NextContinuationToken>([^<]*)</.exec(xml)?.[1]
  return { contents, next: next?.replaceAll('&amp;', '&') }
}

function toError(url: string, what: string, cause?: unknown): RoostError {
  return new RoostError('S3_FAILED', `${new URL(url).host}: ${what}`, {
    hint: 'Check s3_url, s3_region, s3_access_key_id and s3_secret_access_key, and that the bucket is there.',
    cause,
  })
}
