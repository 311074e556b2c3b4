/** Netlify's bound, for tags and for IDs each (dev-and-edge.md §12.2, §12.4). */
const MAX_TAGS = 500

/**
 * The tags of an answer: those of `netlify-cache-tag`, or of `cache-tag` where it is absent, and the IDs of
 * `netlify-cache-id` (dev-and-edge.md §12.2, §12.4).
 * @param headers by lower-case name, several values of one joined. @returns a sentence when there is too much of them.
 */
export function readTags(headers: ReadonlyMap<string, string>): string[] | string {
  const lists = [
    headers.get('netlify-cache-tag') ?? headers.get('cache-tag'),
    headers.get('netlify-cache-id'),
  ]
  const tags = new Set<string>()
  for (const list of lists) {
    const found = readList(list)
    if (found.length > MAX_TAGS) return `the response has more than ${MAX_TAGS} cache tags`
    for (const text of found) tags.add(toTag(decode(text)))
  }
  return [...tags]
}

/** Tags are equal whatever their case (dev-and-edge.md §12.4). */
export function toTag(text: string): string {
  return text.trim().toLowerCase()
}

export function readList(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** Tags are UTF-8, which a header carries as Latin-1; what is not UTF-8 stays what it is. */
function decode(text: string): string {
  if (!/[\x80-\xff]/.test(text)) return text
  const decoded = Buffer.from(text, 'latin1').toString('utf8')
  return decoded.includes('\ufffd') ? text : decoded
}
