import { lstat, readdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import {
  type BuildWarning,
  type Category,
  createBoundary,
  type Project,
  type WarningCode,
} from '../project/index.ts'
import type { FunctionSource } from './function-source.ts'
import { sortByPrecedence } from './precedence.ts'
import { type EntryContext, readEntry } from './read-entry.ts'
import { warnOfName, warnOfRivals, warnOfTables } from './warn.ts'

export interface Discovery {
  /** One for each name, in registration order: user, frameworks, internal, by file name within each (runtime.md §14.2). */
  functions: FunctionSource[]
  /** Every candidate, also those that lost their name to another: of each name the last one is the winner. */
  candidates: FunctionSource[]
  warnings: BuildWarning[]
}

export interface DiscoverOptions {
  /** Files and folders that are functions wherever they lie, beside the project's functions directories. */
  paths?: readonly { category: Category; path: string }[]
  /** The machine that functions will run on; this one unless said otherwise. */
  platform?: string
  arch?: string
}

const CATEGORIES: Category[] = ['user', 'frameworks', 'internal']

/**
 * Finds the functions of a project: the direct children of its functions directories (build.md §2). Folders that do
 * not exist hold none. Nothing is read but names, and the header of files that may be programs.
 */
export async function discoverFunctions(project: Project, options: DiscoverOptions = {}): Promise<Discovery> {
  const { paths = [], platform = 'linux', arch = process.arch } = options
  const boundary = createBoundary(project)
  const warnings: BuildWarning[] = []
  const listed: FunctionSource[] = []
  for (const category of CATEGORIES) {
    const functionsDir = project.functionsDirs[category]
    const entries = await readEntries(functionsDir)
    const context = createContext(category, functionsDir)
    const found = await Promise.all(
      entries.map((entry) => readEntry(join(functionsDir, entry.name), entry, context)),
    )
    listed.push(...found.filter((source) => source !== undefined))
    for (const { path } of paths.filter((single) => single.category === category)) {
      const source = await readEntry(path, await lstat(path), createContext(category, dirname(path)))
      if (source !== undefined) listed.push(source)
    }
  }
  // Entries are read side by side: what is said about them should not depend on who was first.
  warnings.sort((a, b) => ((a.file ?? '') < (b.file ?? '') ? -1 : 1))
  const candidates = sortByPrecedence(listed)
  const winners = new Set(new Map(candidates.map((source) => [source.name, source])).values())
  const functions = listed.filter((source) => winners.has(source))
  for (const winner of functions) {
    const rivals = candidates.filter((source) => source.name === winner.name)
    warnings.push(...warnOfRivals(winner, rivals, show), ...warnOfName(winner, show))
  }
  const names = functions.map(({ name }) => name)
  warnings.push(...warnOfTables(project.functions, names, show))
  return { functions, candidates, warnings }

  function createContext(category: Category, functionsDir: string): EntryContext {
    const warn = (code: WarningCode, message: string, file: string): void => {
      warnings.push({ code, message: `${show(file)} ${message}.`, file })
    }
    return { category, functionsDir, platform, arch, warn, boundary }
  }

  function show(file: string): string {
    return relative(project.root, file)
  }
}

/** Sorted by name, so that the order does not depend on the file system. */
async function readEntries(dir: string) {
  try {
    const entries = await readdir(dir, { withFileTypes: true })
    return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}
