import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** What a project is called once it is served. */
export interface SiteIdentity {
  siteId: string
  siteName: string
}

/**
 * A project that `netlify link` has linked keeps its site ID (`.netlify/state.json`); another one gets an ID that
 * stays the same as long as the project stays where it is.
 */
export async function identifySite(projectDir: string): Promise<SiteIdentity> {
  const siteName = basename(projectDir)
  return { siteId: (await readLinkedSiteId(projectDir)) ?? toUuid(projectDir), siteName }
}

async function readLinkedSiteId(projectDir: string): Promise<string | undefined> {
  try {
    const state = JSON.parse(await readFile(join(projectDir, '.netlify', 'state.json'), 'utf8')) as {
      siteId?: unknown
    }
    return typeof state.siteId === 'string' && /^[\w-]{1,64}$/.test(state.siteId) ? state.siteId : undefined
  } catch {
    return undefined // not linked, or by a tool whose file we cannot read: the ID made of the path serves as well
  }
}

function toUuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  )
}
