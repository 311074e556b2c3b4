/** The default URL of a function; none where the name has signs that it cannot have (build.md §2.6, D4). */
export function listDefaultUrls(name: string): string[] {
  return isReachableName(name) ? [`/.netlify/functions/${name}`] : []
}

/** What a default URL can reach. */
export function isReachableName(name: string): boolean {
  return /^[A-Za-z0-9_-]+$/.test(name)
}
