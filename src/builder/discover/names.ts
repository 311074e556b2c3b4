import { basename, extname } from 'node:path'

/** Extensions of JavaScript functions, strongest first among siblings of one name (build.md §2.2, §2.4). Exact case. */
export const EXTENSIONS: readonly string[] = ['.js', '.zip', '.mjs', '.cjs', '.ts', '.tsx', '.mts', '.cts']

/** Extensions of an entry file inside a folder, in the order in which they are tried, another one (build.md §2.3). */
const ENTRY_EXTENSIONS = ['.js', '.ts', '.mjs', '.cjs', '.tsx', '.mts', '.cts']

/** File names that make the folder `name` a JavaScript function, the first that exists wins. */
export function listEntryNames(name: string): string[] {
  return ENTRY_EXTENSIONS.flatMap((extension) => [`${name}${extension}`, `index${extension}`])
}

/** The name of a direct child of a functions directory: the last suffix goes, of folders too (build.md §2.1). */
export function toFunctionName(path: string): string {
  return basename(path, extname(path))
}
