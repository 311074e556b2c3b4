import { join } from 'node:path'
import { type Access, type AskedPurge, type Grant, openServices } from '../api/functions/index.ts'
import { RoostError } from '../base/errors/index.ts'
import type { Log } from '../base/log/index.ts'
import type { HostMemory } from '../base/memory/index.ts'
import type { Settings } from '../base/settings/index.ts'
import type { FunctionVersion } from '../compute/pool/index.ts'
import type { HttpCache } from '../gateway/cache/index.ts'
import type { AnswerStore } from '../platform/answers/index.ts'
import { type DeployFiles, fillDeployStore, openBlobs } from '../platform/blobs/index.ts'
import { createResponseCache } from '../platform/function-cache/index.ts'
import { deferStore } from '../store/index.ts'
import { SERVICES } from './connections.ts'
import { createPurge } from './purge.ts'
import { PRIMARY_REGION } from './region.ts'

/** Blobs, cache and purges, as the pool hands them to instances: each gets access of its own, which ends with it. */
export interface FunctionServices {
  /** From now on functions of this deploy get access to what is their site's. Before the first request. */
  admit(deployId: string, site: Grant): void
  /** What the instance is told: the fields of Netlify's event (runtime.md §13.3). */
  onAssign(version: FunctionVersion, instanceId: string): Record<string, string>
  onInstanceExit(instanceId: string): void
  /** Puts the files that a build wrote for its deploy's store there. Called before the first request. */
  fillDeployStore(deploy: { siteId: string; deployId: string }, files: DeployFiles): Promise<void>
  /**
   * For operators: purges a site by its ID, name or domain, or all that are served.
   * @throws PURGE_LIMITED, SITE_NOT_FOUND
   */
  purge(asked: AskedPurge): Promise<void>
  /** Called after the pool has closed, since instances use the services until they end. Idempotent. */
  close(): Promise<void>
}

/** @throws STORE_FAILED, SETTING_INVALID: nothing is left open then. */
export async function openFunctionServices(options: {
  dataDir: string
  settings: Settings
  answers: AnswerStore
  httpCache: HttpCache | undefined
  memory: HostMemory
  /** Connections of all instances together. */
  connections: number
  log: Log
}): Promise<FunctionServices> {
  const { dataDir, settings, answers, httpCache, memory, connections, log } = options
  // Most functions use no Blobs, and what has no function needs them even less.
  const index = await deferStore(join(dataDir, 'roost.db'))
  try {
    const blobs = openBlobs(dataDir, index, settings, log)
    const cache = createResponseCache(answers)
    const purge = createPurge(cache, httpCache)
    const services = await openServices({
      blobs,
      cache,
      purge,
      memory,
      connections,
      strangers: SERVICES.strangers,
      limits: settings.limits,
      log,
    })
    const sites = new Map<string, Grant>()
    const accesses = new Map<string, Access>()
    return {
      admit(deployId, site) {
        sites.set(deployId, site)
      },
      onAssign(version, instanceId) {
        // Without a network there is no way here. A program's event can be read by whoever finds its port.
        if (version.network === 'none' || version.program !== undefined) return {}
        const site = sites.get(version.deployId)
        if (site === undefined) return {}
        const access = services.give(site)
        accesses.set(instanceId, access)
        return toExtras(services.origin, access.token)
      },
      onInstanceExit(instanceId) {
        accesses.get(instanceId)?.revoke()
        accesses.delete(instanceId)
      },
      async fillDeployStore(deploy, files) {
        await fillDeployStore(blobs, deploy, files)
      },
      async purge({ siteId, siteName, domain, tags }) {
        const isMeant = (site: Grant): boolean =>
          [siteId, siteName, domain].every((name) => name === undefined) ||
          site.siteId === siteId ||
          site.siteName === siteName ||
          site.domain === domain
        const ids = new Set([...sites.values()].filter(isMeant).map((site) => site.siteId))
        if (ids.size === 0) throw new RoostError('SITE_NOT_FOUND', 'No site has this ID, name or domain.')
        for (const id of ids) await purge(id, tags)
      },
      async close() {
        await services.close()
        await blobs.close()
        await index.close()
      },
    }
  } catch (error) {
    await index.close()
    throw error
  }
}

/** One process answers: what is read through the "edge" is never older than what is read without it. */
function toExtras(origin: string, token: string): Record<string, string> {
  const blobs = { url: origin, url_uncached: origin, token, primary_region: PRIMARY_REGION }
  return {
    blobs: Buffer.from(JSON.stringify(blobs)).toString('base64'),
    purgeAPIToken: token,
    pcURL: origin,
    pcToken: token,
  }
}
