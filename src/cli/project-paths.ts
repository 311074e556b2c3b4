import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { showPath } from './shown-path.ts'

export interface SourceFolders {
  /** The folder of the build that is served. */
  artifactDir: string
  /** What a path inside a function's folder is relative to; the first that has the file counts. */
  roots: readonly string[]
}

/** User code writes what is searched: longer paths would make the search take longer than the line is worth. */
const MAX_PATH = 300
/** Answers of the file system that are kept; each costs a call of the system. */
const MAX_KNOWN = 1000

/**
 * Stacks name files where functions find them. A person has the project, and a terminal or editor opens what lies there:
 * `netlify/functions/hello.mts:4:10`, relative to where Roost was started. A path that the project does not have stays.
 */
export function createPathRewriter({ artifactDir, roots }: SourceFolders): (text: string) => string {
  // As user code sees it under bubblewrap, or as it lies in the artifact, below its digest, in other profiles.
  const inArtifact = `${escapePattern(join(artifactDir, 'functions'))}/[^/\\s]{1,100}/(?:[0-9a-f]{16}/)?`
  const folders = `/var/task/(?:function/)?|${inArtifact}`
  const paths = new RegExp(`(file://)?(?:${folders})((?:(?!/var/task/)[^\\n:]){1,${MAX_PATH}})(?=:\\d)`, 'g')
  const known = new Map<string, string | undefined>()

  const find = (path: string): string | undefined => {
    if (path.split('/').includes('..')) return undefined
    if (known.has(path)) return known.get(path)
    const file = roots.map((root) => join(root, path)).find((each) => existsSync(each))
    if (known.size === MAX_KNOWN) known.clear()
    const shown = file === undefined ? undefined : showPath(file)
    known.set(path, shown)
    return shown
  }
  const isConcerned = (text: string): boolean => text.includes('/var/task/') || text.includes(artifactDir)
  return (text) =>
    isConcerned(text)
      ? text.replace(paths, (whole, scheme: string | undefined, path: string) => {
          const decoded = scheme === undefined ? path : decodePath(path)
          return (decoded === undefined ? undefined : find(decoded)) ?? whole
        })
      : text
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined // not a URL that Node has written
  }
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
