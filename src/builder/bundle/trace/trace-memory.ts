import { statSync } from 'node:fs'
import { sep } from 'node:path'
import { analyseQuickly } from './quick-analysis.ts'

/** What nft keeps between traces; it makes the maps itself where there are none. */
export interface TraceCache {
  analysisCache: Map<string, unknown>
  fileCache?: Map<string, unknown>
  statCache?: Map<string, unknown>
  symlinkCache?: Map<string, unknown>
}

/** What a process that builds again and again remembers of packages: parsing them is most of the work of a trace. */
export interface TraceMemory {
  /** For one build: what is on disk is looked at anew, analyses of unchanged files are still known. */
  open(): TraceCache
}

interface Known {
  /** Size, time and inode of the file when it was analysed. */
  state: string
  analysis: unknown
}

/**
 * Remembers analyses of installed packages only: what they refer to is settled when they are installed, while the
 * analysis of an own file also depends on its neighbours.
 */
export function createTraceMemory(): TraceMemory {
  const known = new Map<string, Known>()
  return { open: () => ({ analysisCache: new Analyses(known) }) }
}

/** A map as nft uses it, `get` and `set`, whose entries end when their file changes. */
class Analyses extends Map<string, unknown> {
  readonly #known: Map<string, Known>

  constructor(known: Map<string, Known>) {
    super()
    this.#known = known
  }

  override get(path: string): unknown {
    const now = super.get(path)
    if (now !== undefined) return now
    if (!isInstalled(path)) return undefined
    const before = this.#known.get(path)
    if (before !== undefined && before.state === readState(path)) {
      super.set(path, before.analysis)
      return before.analysis
    }
    const quick = analyseQuickly(path)
    if (quick !== undefined) this.set(path, quick)
    return quick
  }

  override set(path: string, analysis: unknown): this {
    if (isInstalled(path)) {
      const state = readState(path)
      if (state !== undefined) this.#known.set(path, { state, analysis })
    }
    return super.set(path, analysis)
  }
}

function isInstalled(path: string): boolean {
  return path.includes(`${sep}node_modules${sep}`)
}

/** Synchronous, since nft asks synchronously; a few microseconds each. */
function readState(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  return found === undefined ? undefined : `${found.size} ${found.mtimeMs} ${found.ino}`
}
