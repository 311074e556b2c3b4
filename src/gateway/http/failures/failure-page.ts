import { escapeHtml, renderPage } from '../page.ts'

/** The record of runtime.md §1.5, as a client sees it. */
export interface ErrorRecord {
  errorType: string
  errorMessage: string
  trace: readonly string[]
}

/**
 * The page that a browser gets when a function fails. Everything in it comes from user code: it is escaped, and the
 * page runs no script. The record is embedded for tools, as JSON that no text of an error can end.
 */
export function renderFailurePage(
  record: ErrorRecord & { isValidation: boolean },
  { mode, requestId }: { mode: 'production' | 'dev'; requestId: string },
): string {
  const { errorType, errorMessage, trace, isValidation } = record
  const isDev = mode === 'dev'
  const title = isDev ? 'Invocation failed' : 'This function has crashed'
  const what = isValidation ? errorMessage : `${errorType}: ${errorMessage}`
  const stack = trace.length === 0 ? '' : `\n<pre>${escapeHtml(trace.join('\n'))}</pre>`
  const advice = isDev
    ? 'The function failed. Fix it and reload this page.'
    : "The function failed. If it is yours, its log has the details under this request's ID."
  return renderPage(
    title,
    `<p>${advice}</p>
<p class="what">${escapeHtml(what)}</p>${stack}
<footer>Request ID <code>${escapeHtml(requestId)}</code> &middot; Roost</footer>`,
    `<script type="application/json" id="error">${toInertJson({ errorType, errorMessage, trace })}</script>`,
  )
}

/** JSON that means the same and holds nothing that an HTML parser could take for the end of the script. */
function toInertJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`)
}
