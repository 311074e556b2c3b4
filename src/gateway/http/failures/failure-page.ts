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
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${advice}</p>
<p class="what">${escapeHtml(what)}</p>${stack}
<footer>Request ID <code>${escapeHtml(requestId)}</code> &middot; Roost</footer>
</main>
<script type="application/json" id="error">${toInertJson({ errorType, errorMessage, trace })}</script>
</body>
</html>
`
}

const STYLE = `
:root{color-scheme:light dark;--line:#d9d4c7;--ink:#26221b;--paper:#fbf9f4;--mark:#b3401f}
@media (prefers-color-scheme:dark){:root{--line:#423d33;--ink:#ece7dc;--paper:#1b1915;--mark:#f08a66}}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:46rem;margin:12vh auto;padding:0 1.5rem}
h1{font-size:1.7rem;margin:0 0 .5rem}
.what{font-weight:600;color:var(--mark);overflow-wrap:anywhere;white-space:pre-wrap}
pre{overflow:auto;padding:1rem;border:1px solid var(--line);border-radius:.5rem;font-size:.85rem}
footer{margin-top:2rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.85rem}
`

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}

/** JSON that means the same and holds nothing that an HTML parser could take for the end of the script. */
function toInertJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`)
}
