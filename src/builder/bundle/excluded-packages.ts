import { minimatch } from 'minimatch'

/**
 * Whether an import is one of what `!node_modules/…` patterns of `included_files` leave out (build.md §11.7). A pattern
 * for all that is below a folder stands for the folder: a package, a scope, a part of a package, or all of them.
 *
 * @param unwanted patterns without their `!`.
 */
export function createExclusion(unwanted: readonly string[]): (specifier: string) => boolean {
  const folders = unwanted
    .map((pattern) => /^(?:\.\/)?node_modules\/(.*)$/.exec(pattern)?.[1]?.replace(/(?:(?:^|\/)\*+)*\/?$/, ''))
    .filter((folder) => folder !== undefined)
  return (specifier) => {
    const above = listAbove(specifier)
    return folders.some((folder) => folder === '' || above.some((path) => minimatch(path, folder)))
  }
}

/** `@a/b/c` → `@a`, `@a/b`, `@a/b/c` */
function listAbove(specifier: string): string[] {
  const parts = specifier.split('/')
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}
