import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { type Boundary, type Category, isLitter, type WarningCode } from '../project/index.ts'
import { readExecutable } from './executable.ts'
import type { FunctionSource } from './function-source.ts'
import { EXTENSIONS, listEntryNames, toFunctionName } from './names.ts'

export interface EntryContext {
  category: Category
  functionsDir: string
  /** The machine that functions will run on: programs for another one are left out. */
  platform: string
  arch: string
  warn(code: WarningCode, message: string, file: string): void
  boundary: Boundary
}

/** Extensions that look like code and still are none to Netlify (build.md §2.2). */
const NEAR_MISSES = new Set(['.jsx', ...EXTENSIONS])

/** The function that a direct child of a functions directory is, or undefined when it is none (build.md §2.1, §16). */
export async function readEntry(
  path: string,
  entry: Pick<Dirent, 'isDirectory' | 'isFile' | 'isSymbolicLink'>,
  context: EntryContext,
): Promise<FunctionSource | undefined> {
  if (basename(path) === 'node_modules' || isLitter(basename(path))) return undefined
  if (entry.isDirectory()) return readFolder(path, context)
  if (entry.isSymbolicLink()) return readLink(path, context)
  return entry.isFile() ? readPlainFile(path, context) : undefined
}

/** A link to a file is a function named after the link; if it leads nowhere, bundling fails (build.md §2.2). */
async function readLink(path: string, context: EntryContext): Promise<FunctionSource | undefined> {
  const isNamedAsFunction = EXTENSIONS.includes(extname(path))
  const outsider = context.boundary.find(path)
  if (outsider !== undefined) {
    // Building it is refused. What is not named as a function is not opened to find out whether it is a program.
    if (isNamedAsFunction) return toSource(path, path, context)
    context.warn('FILE_IGNORED', 'is a link that leads out of the repository, and is ignored', path)
    return undefined
  }
  const target = await stat(path).catch(() => undefined)
  if (target?.isDirectory()) {
    context.warn('LINKED_FOLDER_IGNORED', 'is a link to a folder, not a function', path)
    return undefined
  }
  if (target === undefined) return isNamedAsFunction ? toSource(path, path, context) : undefined
  return target.isFile() ? readPlainFile(path, context) : undefined
}

async function readFolder(path: string, context: EntryContext): Promise<FunctionSource | undefined> {
  const name = basename(path)
  const files = await listFiles(path)
  const main = listEntryNames(name).find((file) => files.has(file))
  if (main !== undefined) return toSource(path, join(path, main), context)
  const go = [`${name}.go`, 'main.go'].find((file) => files.has(file))
  return go === undefined ? undefined : toSource(path, join(path, go), context, 'go')
}

/** Names of the files of a folder; a link to a file counts as one. */
async function listFiles(dir: string): Promise<Set<string>> {
  const entries = await readdir(dir, { withFileTypes: true })
  const names = await Promise.all(
    entries.map(async (entry) => {
      if (entry.isFile()) return entry.name
      if (!entry.isSymbolicLink()) return undefined
      const target = await stat(join(dir, entry.name)).catch(() => undefined)
      return target?.isFile() ? entry.name : undefined
    }),
  )
  return new Set(names.filter((name) => name !== undefined))
}

async function readPlainFile(path: string, context: EntryContext): Promise<FunctionSource | undefined> {
  const extension = extname(path)
  if (EXTENSIONS.includes(extension)) return toSource(path, path, context)
  if (extension === '.go') {
    context.warn('FILE_IGNORED', 'is not a function by itself: put it into a folder, as main.go', path)
    return undefined
  }
  if (NEAR_MISSES.has(extension.toLowerCase())) {
    context.warn(
      'FILE_IGNORED',
      `is not a function: ${extension} is not one of ${EXTENSIONS.join(' ')}`,
      path,
    )
    return undefined
  }
  return readProgram(path, context)
}

async function readProgram(path: string, context: EntryContext): Promise<FunctionSource | undefined> {
  const program = await readExecutable(path)
  if (program === undefined) return undefined
  const { platform, arch, language } = program
  if (platform !== context.platform || arch !== context.arch) {
    const needed = `${context.platform}/${context.arch}`
    context.warn('BINARY_OTHER_PLATFORM', `is a program for ${platform}/${arch}; ${needed} is needed`, path)
    return undefined
  }
  if (language === 'other') {
    context.warn('BINARY_IGNORED', 'is a program that was built by neither Go nor Rust, and is ignored', path)
    return undefined
  }
  return toSource(path, path, context, 'binary')
}

function toSource(
  srcPath: string,
  mainFile: string,
  { category, functionsDir }: EntryContext,
  kind?: 'go' | 'binary',
): FunctionSource {
  const extension = kind === 'binary' ? '' : extname(mainFile)
  return {
    name: toFunctionName(srcPath),
    category,
    kind: kind ?? (extension === '.zip' ? 'zip' : 'js'),
    srcPath,
    mainFile,
    extension,
    functionsDir,
  }
}
