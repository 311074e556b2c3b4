import { join } from 'node:path'
import { type Access, openServices } from '../../src/api/functions/index.ts'
import { monotonicNow } from '../../src/base/lib/index.ts'
import { createHostMemory } from '../../src/base/memory/index.ts'
import { DEFAULT_LIMITS, type Limits } from '../../src/base/settings/index.ts'
import { AnswerStore } from '../../src/platform/answers/index.ts'
import { type BlobStore, createBlobStore, createLocalContent } from '../../src/platform/blobs/index.ts'
import { createResponseCache, type ResponseCache } from '../../src/platform/function-cache/index.ts'
import { openStore } from '../../src/store/index.ts'
import { SILENT_LOG } from './list-log.ts'
import { temporaryFolder } from './temporary-folder.ts'

export const SITE_ID = 'aaaabbbb-0000-4000-8000-ccccddddeeee'
export const DEPLOY_ID = '0123456789abcdef01234567'

export interface ServicesUnderTest extends AsyncDisposable {
  origin: string
  blobs: BlobStore
  access: Access
  give(siteId?: string): Access
  /** What `NETLIFY_BLOBS_CONTEXT` holds: the edge's addresses, or the API's. */
  context(mode: 'edge' | 'api', change?: Record<string, unknown>): string
}

/** The listener over a real store in a temporary folder, with access for one site. */
export async function startServices(
  limits: Partial<Limits> = {},
  wrapCache = (cache: ResponseCache): ResponseCache => cache,
): Promise<ServicesUnderTest> {
  const folder = temporaryFolder('services')
  const all = { ...DEFAULT_LIMITS, ...limits }
  const index = await openStore(join(folder, 'roost.db'))
  const content = createLocalContent(join(folder, 'blobs'))
  const blobs = createBlobStore({ index, content, limits: all, log: SILENT_LOG })
  const cache = wrapCache(createResponseCache(new AnswerStore({ maxBytes: all.cacheBytes })))
  const services = await openServices({
    blobs,
    cache,
    purge: cache.purge,
    memory: createHostMemory(all, { clock: monotonicNow, log: SILENT_LOG }),
    connections: 64,
    strangers: 32,
    limits: all,
    log: SILENT_LOG,
  })
  const give = (siteId = SITE_ID): Access =>
    services.give({ siteId, siteName: 'my-site', domain: 'my-site.test' })
  const access = give()
  return {
    origin: services.origin,
    blobs,
    access,
    give,
    context(mode, change = {}) {
      const { origin } = services
      const at = mode === 'edge' ? { edgeURL: origin, uncachedEdgeURL: origin } : { apiURL: origin }
      const all = {
        ...at,
        siteID: SITE_ID,
        deployID: DEPLOY_ID,
        primaryRegion: 'us-east-2',
        token: access.token,
        ...change,
      }
      return Buffer.from(JSON.stringify(all)).toString('base64')
    },
    async [Symbol.asyncDispose]() {
      await services.close()
      await blobs.close()
      await index.close()
    },
  }
}
