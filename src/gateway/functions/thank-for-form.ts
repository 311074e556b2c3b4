import { trimSlash } from '../../base/lib/index.ts'
import { acceptsHtml, escapeHtml, findHeader, identifyClient, NO_REUSE, renderPage } from '../http/index.ts'
import type { GatewayRequest } from './request.ts'

/**
 * The answer to a form that was submitted, as Netlify's users know it:
 *
 * - a script that asks for JSON gets `{}`;
 * - a form with an `action` leads to that page: 303, so that reloading it does not send the form again;
 * - a form without one is posted to the page it stands on, which says nothing of a success: a page of ours does.
 */
export function thankForForm(request: GatewayRequest): void {
  const { head, reply } = request
  const accept = findHeader(head.headers, 'accept') ?? ''
  if (accept.includes('application/json') && !acceptsHtml(head))
    return reply.send(200, ['content-type', 'application/json', 'cache-control', NO_REUSE], '{}')
  const page = findPage(request)
  if (page !== undefined && !isOwnPage(request))
    return reply.send(303, ['location', page + head.query, 'cache-control', 'no-cache'], '')
  const text = `<p>Your form has been received.</p>\n<p><a href="${escapeHtml(page ?? '/')}">Back to the site</a></p>`
  const headers = ['content-type', 'text/html; charset=utf-8', 'cache-control', NO_REUSE]
  reply.send(200, headers, renderPage('Thank you!', text))
}

/** Where the page is that the path shows, if it shows one. */
function findPage({ deploy, path }: GatewayRequest): string | undefined {
  const file = deploy.staticSite?.find(path)
  if (file?.kind === 'redirect') return file.path
  if (file?.kind === 'file') return path
  return deploy.router.find('GET', path)?.kind === 'function' ? path : undefined
}

/** Whether the form stands on the page that it was posted to. */
function isOwnPage({ gateway, head, path }: GatewayRequest): boolean {
  const referrer = findHeader(head.headers, 'referer')
  if (referrer === undefined || !URL.canParse(referrer)) return false
  const { host, pathname } = new URL(referrer)
  const asked = identifyClient(head, gateway.trustedHops).host.toLowerCase()
  return host === asked && trimSlash(pathname) === trimSlash(path)
}
