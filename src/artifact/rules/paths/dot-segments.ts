/** `/a//b/./../c` → `/a/c`: what a file system makes of a path. */
export function removeDotSegments(path: string): string {
  if (!UNCLEAN.test(path)) return path
  const kept: string[] = []
  for (const segment of path.split('/'))
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  return kept.map((segment) => `/${segment}`).join('')
}

const UNCLEAN = /\/(?:\/|\.\.?(?:\/|$))/
