import { relative, resolve } from 'node:path'
import { minimatch } from 'minimatch'
import { OWN_FOLDER } from '../../base/lib/index.ts'
import type { BuildWarning } from '../project/index.ts'
import type { BundleInput } from './bundler.ts'
import { type FileSet, toPosix } from './layout.ts'

export interface IncludedFiles {
  /** Absolute paths. */
  files: string[]
  warnings: BuildWarning[]
}

/**
 * Adds what `included_files` asks for and takes out what it excludes, traced files too; the order of patterns does
 * not count. Names of folders alone match nothing, nor do patterns with a leading slash; links stay links and are not
 * followed (build.md §11.7). A pattern without a match is a warning: the file would be missed at run time only.
 */
export async function addIncludedFiles(input: BundleInput, set: FileSet): Promise<IncludedFiles> {
  const base = input.config.includedFilesBasePath ?? input.buildDir
  const { wanted, unwanted } = splitPatterns(input)
  const perPattern = await Promise.all(
    wanted.map((pattern) => findFiles(pattern, unwanted, base, input.outDir)),
  )
  const files = [...new Set(perPattern.flat())]
  for (const file of files) set.copy(file)
  for (const pattern of unwanted) {
    const absolute = resolve(minimatch.escape(base), pattern)
    set.exclude((path) => minimatch(path, absolute, { dot: true }))
  }
  const warnings = wanted
    .filter((_, index) => perPattern[index]?.length === 0)
    .map((pattern) => describeEmpty(input, pattern, base))
  return { files, warnings }
}

export function splitPatterns({ config }: BundleInput): { wanted: string[]; unwanted: string[] } {
  const isExclusion = (pattern: string) => pattern.startsWith('!')
  return {
    wanted: config.includedFiles.filter((pattern) => !isExclusion(pattern)),
    unwanted: config.includedFiles.filter(isExclusion).map((pattern) => pattern.slice(1)),
  }
}

async function findFiles(
  pattern: string,
  unwanted: string[],
  base: string,
  outDir: string,
): Promise<string[]> {
  if (pattern.startsWith('/')) return []
  const { default: glob } = await import('fast-glob') // most builds have no pattern
  const found = await glob(pattern, {
    cwd: base,
    ignore: [...unwanted, `**/${OWN_FOLDER}/**`, `${glob.escapePath(toPosix(relative(base, outDir)))}/**`],
    dot: true,
    onlyFiles: false,
    followSymbolicLinks: false,
    suppressErrors: true, // folders that are not ours to read hold nothing we could copy
    objectMode: true,
  })
  return found
    .filter((entry) => !entry.dirent.isDirectory())
    .map((entry) => resolve(base, entry.path))
    .sort()
}

function describeEmpty({ source }: BundleInput, pattern: string, base: string): BuildWarning {
  return {
    code: 'INCLUDED_FILES_EMPTY',
    functionName: source.name,
    message: pattern.startsWith('/')
      ? `included_files "${pattern}" of "${source.name}" matches nothing: patterns are relative. Remove the slash.`
      : `included_files "${pattern}" of "${source.name}" matches no file below ${base}. Name files, or a folder as "${pattern.replace(/\/$/, '')}/**".`,
  }
}
