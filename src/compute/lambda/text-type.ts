/** Types beside `text/*`, `*+json` and `*+xml` whose bodies are handed over as text (runtime.md §10.2). */
const TEXT_TYPES: ReadonlySet<string> = new Set([
  'application/csp-report',
  'application/graphql',
  'application/json',
  'application/javascript',
  'application/x-www-form-urlencoded',
  'application/x-ndjson',
  'application/xml',
])

/** Whether a request body of this content type is text for a Lambda function; base64 otherwise, also without a type. */
export function isTextType(contentType: string | undefined): boolean {
  const [type = ''] = (contentType ?? '').split(';')
  const name = type.trim().toLowerCase()
  return name.startsWith('text/') || name.endsWith('+json') || name.endsWith('+xml') || TEXT_TYPES.has(name)
}
