/** A client sends a handful; what is beyond these is not looked at. */
const MAX_ACCEPTED = 32

/**
 * The languages of an `Accept-Language` header in lower case, the most wanted first; of equals the earlier. Those with
 * quality 0 are not wanted, and `*` names none.
 */
export function readLanguages(accept: string | undefined): string[] {
  if (accept === undefined) return []
  return accept
    .toLowerCase()
    .split(',', MAX_ACCEPTED)
    .map((item) => {
      const [tag = '', ...parameters] = item.split(';')
      const quality = parameters.map((each) => each.trim()).find((each) => each.startsWith('q='))
      return { tag: tag.trim(), quality: quality === undefined ? 1 : Number(quality.slice(2)) }
    })
    .filter(({ tag, quality }) => tag !== '' && tag !== '*' && quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ tag }) => tag)
}

/** The first of `wanted` that is on offer, as it is offered: itself, or its main language (`en` for `en-GB`). */
export function pickLanguage(wanted: readonly string[], offered: ReadonlySet<string>): string | undefined {
  for (const tag of wanted) {
    if (offered.has(tag)) return tag
    const main = tag.split('-', 1)[0]!
    if (offered.has(main)) return main
  }
  return undefined
}
