import { Buffer } from 'node:buffer'
import console from 'node:console'
import process from 'node:process'
import type { Assignment } from '../protocol/index.ts'

/**
 * Makes this process the function's own: its environment and working directory. A process that was started ahead had
 * an environment of its own before; nothing of it stays.
 */
export function enterEnvironment(assignment: Assignment): void {
  for (const name of Object.keys(process.env))
    if (!Object.hasOwn(assignment.env, name)) delete process.env[name]
  Object.assign(process.env, assignment.env, injectedVariables(assignment))
  process.chdir(assignment.rootPath)
}

/**
 * What Netlify's bootstrap sets before the module is imported (runtime.md §13.4, steps 3, 5 and 6), from the fields
 * of its event that the assignment carries. Empty ones are skipped.
 */
function injectedVariables({ extras, constantHeaders }: Assignment): Record<string, string> {
  const variables: Record<string, string> = {}
  const blobs = extras.blobs ? readBlobs(extras.blobs) : undefined
  if (blobs !== undefined) {
    const headers = new Map(constantHeaders)
    const context = {
      edgeURL: blobs.url,
      uncachedEdgeURL: blobs.url_uncached,
      token: blobs.token,
      siteID: headers.get('x-nf-site-id'),
      deployID: headers.get('x-nf-deploy-id'),
      primaryRegion: blobs.primary_region,
    }
    variables.NETLIFY_BLOBS_CONTEXT = Buffer.from(JSON.stringify(context)).toString('base64')
  }
  if (extras.purgeAPIToken) variables.NETLIFY_PURGE_API_TOKEN = extras.purgeAPIToken
  if (extras.branch) variables.NETLIFY_BRANCH = extras.branch
  return variables
}

interface BlobsAccess {
  url?: string
  url_uncached?: string
  token?: string
  primary_region?: string
}

/** Access data that cannot be read is said and otherwise ignored (runtime.md §13.3). */
function readBlobs(text: string): BlobsAccess | undefined {
  try {
    return JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as BlobsAccess
  } catch (error) {
    console.error('The access data for Blobs could not be read:', error)
    return undefined
  }
}
