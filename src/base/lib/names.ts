const MAX_NAMES = 10

/** Names for a sentence: as many as fit on a line, and how many more there are. */
export function formatNames(names: readonly string[], max = MAX_NAMES): string {
  const more = names.length - max
  return more > 0 ? `${names.slice(0, max).join(', ')} and ${more} more` : names.join(', ')
}
