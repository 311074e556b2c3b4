/**
 * A page of Roost's own: it loads nothing and runs no script.
 * @param title plain text of ours. @param main HTML below the title. @param more HTML behind what is shown.
 */
export function renderPage(title: string, main: string, more = ''): string {
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
${main}
</main>${more && `\n${more}`}
</body>
</html>
`
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
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
