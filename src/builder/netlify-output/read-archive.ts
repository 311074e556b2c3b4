import { lstat, readdir, readFile, readlink, realpath, stat } from 'node:fs/promises'
import { basename, extname, join, posix } from 'node:path'
import type { ArtifactFile } from '../../artifact/manifest/index.ts'
import { RoostError } from '../../base/errors/index.ts'
import { leadsAbove } from '../../base/lib/index.ts'
import { readMachine } from '../discover/index.ts'
import { UnsafeEntry } from './archive-entries.ts'
import { checkLinks } from './archive-links.ts'
import { unzip } from './unzip.ts'

export interface NetlifyFunction {
  files: ArtifactFile[]
  entry: string
  format: 'web' | 'lambda' | 'native'
  moduleFormat?: 'esm' | 'cjs'
}

const ENTRY_POINT = '___netlify-entry-point.mjs'
/** What Netlify's bundler adds for Lambda, and Roost's runtime does itself (runtime.md §13.2, mode B). */
const NETLIFY_FILES = /^___netlify-(entry-point|bootstrap|telemetry)\.mjs$|^___netlify-metadata\.json$/

/**
 * A function as Netlify's bundler leaves it, an archive or a folder, without what Netlify added: the main module is
 * imported directly. Its root stays the working directory, as in production there.
 *
 * @throws ARTIFACT_INVALID
 */
export async function readNetlifyFunction(given: string, name: string): Promise<NetlifyFunction> {
  const path = await realpath(given).catch(() => given) // not there: said below
  const isFolder = await isDirectory(path, name)
  if (!isFolder && (await isProgram(path)))
    return {
      files: [{ path: 'bootstrap', kind: 'copy', from: path, mode: 0o755 }],
      entry: 'bootstrap',
      format: 'native',
    }
  const all = isFolder ? await readFolder(path) : await unzip(path)
  const found = await findEntry(all, name)
  if (found === undefined)
    throw new RoostError(
      'ARTIFACT_INVALID',
      `${path} has no entry point: neither ${ENTRY_POINT}, nor ${name}.js, .mjs or .cjs, nor bootstrap.`,
      {
        hint: 'Build it with zip-it-and-ship-it or "netlify build".',
        details: { functionName: name, file: path },
      },
    )
  const files = all.filter((file) => !NETLIFY_FILES.test(file.path))
  // Archives made elsewhere do not always know that it is to be run.
  if (found.format === 'native') return { files: files.map(makeRunnable), ...found }
  const moduleFormat = await findFormat(files, found.entry)
  if (!files.some((file) => file.path === 'package.json'))
    // Without a type: what a file is, its syntax says (D137).
    files.push({ path: 'package.json', kind: 'text', content: '{}\n', mode: 0o644 })
  return { files, ...found, moduleFormat }
}

function makeRunnable(file: ArtifactFile): ArtifactFile {
  return file.path === 'bootstrap' && file.kind !== 'link' ? { ...file, mode: 0o755 } : file
}

/** Go programs come bare unless they were asked to be archives (build.md §16, case 128). */
async function isProgram(path: string): Promise<boolean> {
  return extname(path) !== '.zip' && (await readMachine(path)) !== undefined
}

async function isDirectory(path: string, name: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (cause) {
    throw new RoostError(
      'ARTIFACT_INVALID',
      `${path} of function "${name}" cannot be read: ${(cause as Error).message}.`,
      {
        hint: 'Build again: the manifest names an archive that does not exist.',
        details: { functionName: name, file: path },
        cause,
      },
    )
  }
}

async function findEntry(
  files: readonly ArtifactFile[],
  name: string,
): Promise<Pick<NetlifyFunction, 'entry' | 'format'> | undefined> {
  const paths = new Map(files.map((file) => [file.path, file]))
  const entryPoint = paths.get(ENTRY_POINT)
  if (entryPoint !== undefined) {
    const entry = findMain(await readText(entryPoint))
    return entry !== undefined && paths.has(entry) ? { entry, format: 'web' } : undefined
  }
  for (const extension of ['.js', '.mjs', '.cjs'])
    if (paths.has(name + extension)) return { entry: name + extension, format: 'lambda' }
  return paths.has('bootstrap') ? { entry: 'bootstrap', format: 'native' } : undefined
}

/**
 * The main module in the entry point's text: the argument of `getLambdaHandler`, or, in archives of older bundlers,
 * the module that is imported beside the bootstrap.
 */
export function findMain(text: string): string | undefined {
  const argument = /getLambdaHandler\(\s*(['"])(.+?)\1/.exec(text)?.[2]
  const imports = [...text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)['"]/g)].map((match) => match[1] ?? '')
  const main = argument ?? imports.find((path) => !path.includes('___netlify-'))
  if (main === undefined) return undefined
  const path = posix.normalize(main)
  return leadsAbove(path) ? undefined : path
}

async function findFormat(files: readonly ArtifactFile[], entry: string): Promise<'esm' | 'cjs'> {
  if (extname(entry) !== '.js') return extname(entry) === '.mjs' ? 'esm' : 'cjs'
  for (let dir = posix.dirname(entry); ; dir = posix.dirname(dir)) {
    const file = files.find(({ path }) => path === posix.join(dir, 'package.json'))
    if (file !== undefined) return /"type"\s*:\s*"module"/.test(await readText(file)) ? 'esm' : 'cjs'
    if (dir === '.') return 'cjs'
  }
}

async function readText(file: ArtifactFile): Promise<string> {
  if (file.kind === 'link') return ''
  if (file.kind === 'copy') return readFile(file.from, 'utf8')
  return typeof file.content === 'string' ? file.content : Buffer.from(file.content).toString('utf8')
}

async function readFolder(dir: string): Promise<ArtifactFile[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const files: ArtifactFile[] = []
  for (const entry of entries) {
    const from = join(entry.parentPath, entry.name)
    const path = posix.join(...from.slice(dir.length + 1).split(/[\\/]/))
    if (entry.isSymbolicLink()) {
      files.push({ path, kind: 'link', target: await readlink(from) })
    } else if (entry.isFile()) {
      const isExecutable = ((await lstat(from)).mode & 0o111) !== 0
      files.push({ path, kind: 'copy', from, mode: isExecutable ? 0o755 : 0o644 })
    }
  }
  refuseLinks(dir, files)
  return files
}

/** @throws ARCHIVE_UNSAFE: links of a function lead to its own files only, also one through another. */
function refuseLinks(dir: string, files: readonly ArtifactFile[]): void {
  try {
    checkLinks(new Map(files.flatMap((file) => (file.kind === 'link' ? [[file.path, file.target]] : []))))
  } catch (cause) {
    const entry = cause instanceof UnsafeEntry ? { entry: cause.entry } : {}
    throw new RoostError('ARCHIVE_UNSAFE', `${dir} is rejected: ${(cause as Error).message}.`, {
      hint: 'Build the function again, or put the file in its place.',
      details: { file: dir, ...entry },
      cause,
    })
  }
}

/** `hello.zip` and the folder `hello` are both `hello`. */
export function toFunctionName(path: string): string {
  return basename(path, '.zip')
}
