import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { ManifestFunction } from '../../artifact/manifest/index.ts'
import { createRouter } from '../../artifact/routes/index.ts'
import type { Project } from '../project/index.ts'

/** What answers the paths of a built site, before any rule. */
export interface CheckedSite {
  /** The publish directory is there: whether a file exists can be known. */
  readonly hasFiles: boolean
  /** Whether a file answers a path, by its own name or a pretty one (dev-and-edge.md §3.4). */
  hasFile(path: string): boolean
  /** The function that answers a request, when one does. */
  findFunction(path: string, method?: string): ManifestFunction | undefined
}

export function createSite({ publishDir }: Project, functions: readonly ManifestFunction[]): CheckedSite {
  const hasFile = (path: string) => publishDir !== undefined && isServed(publishDir, path)
  const router = createRouter(functions, { hasStatic: hasFile })
  return {
    hasFiles: publishDir !== undefined && isKind(publishDir, 'directory'),
    hasFile,
    findFunction(path, method = 'GET') {
      const match = router.find(method, path)
      return match?.kind === 'function' ? match.fn : undefined
    },
  }
}

/** A path that cannot be decoded, leads upwards or is hidden has no file. */
function isServed(publishDir: string, path: string): boolean {
  const name = decode(path.replace(/^\/+|\/+$/g, ''))
  if (name === undefined || name.includes('\0') || name === '_redirects' || name === '_headers') return false
  if (name.split('/').some((part) => part.startsWith('.') && part !== '.well-known')) return false
  const own = join(publishDir, name)
  const files = [`${own}.html`, `${own}.htm`, join(own, 'index.html'), join(own, 'index.htm')]
  return (name === '' ? files.slice(2) : [own, ...files]).some((file) => isKind(file, 'file'))
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

function isKind(path: string, kind: 'file' | 'directory'): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return kind === 'file' ? found?.isFile() === true : found?.isDirectory() === true
}
