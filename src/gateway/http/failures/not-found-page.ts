import { escapeHtml, renderPage } from '../page.ts'

/**
 * What a browser gets in development where nothing has the path: the stations that the request passed, and the command
 * that says more. Path and rules come from clients and files: they are escaped.
 */
export function renderNotFoundPage(
  path: string,
  steps: readonly string[],
  command: string,
  requestId: string,
): string {
  return renderPage(
    'Not found',
    `<p class="what">${escapeHtml(path)}</p>
<pre>${escapeHtml(steps.join('\n'))}</pre>
<p>For more: <code>${escapeHtml(command)}</code></p>
<footer>Request ID <code>${escapeHtml(requestId)}</code> &middot; Roost</footer>`,
  )
}
