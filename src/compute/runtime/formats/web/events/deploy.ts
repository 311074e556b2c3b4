import type { EventKind } from './kind.ts'
import { type Fields, requireObject, requireStrings } from './payload.ts'

/** Events about a deploy: one argument `{ deploy, site }`, the result is ignored (runtime.md §9.2). */
export function deployEvent(handlerName: string): EventKind {
  return {
    handlerName,
    read(body) {
      const fields = requireObject(body, 'expected an object')
      const payload = requireObject(fields.payload, 'missing "payload" object')
      const site = requireObject(fields.site, 'missing "site" object')
      requireStrings(payload, 'payload', ['id', 'state', 'created_at'])
      return { argument: { deploy: toDeploy(payload), site: toSite(site) }, answer: () => ({ status: 200 }) }
    },
  }
}

/** What handlers get as `Deploy` of src/exports (test/types/runtime.ts compares the keys). */
export function toDeploy(payload: Fields) {
  return {
    id: payload.id,
    siteId: payload.site_id,
    buildId: payload.build_id || null,
    state: payload.state,
    errorMessage: payload.error_message || null,
    url: payload.url,
    sslUrl: payload.ssl_url,
    permalinkUrl: payload.deploy_ssl_url,
    adminUrl: payload.admin_url,
    context: payload.context,
    branch: payload.branch || null,
    commitRef: payload.commit_ref || null,
    commitUrl: payload.commit_url || null,
    commitMessage: payload.commit_message || null,
    committer: payload.committer || null,
    title: payload.title || null,
    createdAt: payload.created_at,
    publishedAt: payload.published_at || null,
    time: payload.deploy_time ?? null,
    manual: Boolean(payload.manual_deploy),
    framework: payload.framework || null,
  }
}

export function toSite({ id, name, url, admin_url: adminUrl }: Fields) {
  return { id, name, url, adminUrl }
}
