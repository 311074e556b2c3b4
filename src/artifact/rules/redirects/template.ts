/** Text of a target with the places where captured values go: `['/x/', 0, '/y']`, numbers being places in the list of values. */
export type Template = readonly (string | number)[]

/**
 * Reads `text` for `:name` of `names`, of the longest name that stands there. Any other colon is text. Where a name is captured
 * twice the first value counts.
 */
export function compileTemplate(text: string, names: readonly string[]): Template {
  const byLength = [...new Set(names)].sort((a, b) => b.length - a.length)
  const pieces: (string | number)[] = []
  let done = 0
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at)) {
    const name = byLength.find((each) => text.startsWith(each, at + 1))
    at += 1 + (name?.length ?? 0)
    if (name === undefined) continue
    const before = text.slice(done, at - 1 - name.length)
    if (before !== '') pieces.push(encodeUnsafe(before))
    pieces.push(names.indexOf(name))
    done = at
  }
  if (done < text.length) pieces.push(encodeUnsafe(text.slice(done)))
  return pieces
}

/** Whether nothing is put into it. */
export function isFixed(template: Template): boolean {
  return template.every((piece) => typeof piece === 'string')
}

/**
 * `template` with its values. Nothing is left in it that ends a header line, that a browser takes for a slash, or that begins
 * a query or a fragment.
 */
export function fillTemplate(template: Template, values: readonly string[]): string {
  let text = ''
  for (const piece of template) text += typeof piece === 'string' ? piece : encodeValue(values[piece]!)
  return text
}

function encodeValue(value: string): string {
  return /[^\x21-\x7e]|[\\?#]/.test(value) ? encodeUnsafe(value).replace(/[?#]/g, percentEncode) : value
}

/** Encodes what is not visible ASCII, and the backslash. */
function encodeUnsafe(text: string): string {
  return text.replace(/[^\x21-\x7e]+|\\/g, percentEncode)
}

function percentEncode(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}
