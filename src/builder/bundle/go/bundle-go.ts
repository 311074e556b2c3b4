import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { RoostError } from '../../../base/errors/index.ts'
import { isInside } from '../../../base/lib/index.ts'
import type { Boundary } from '../../project/index.ts'
import type { BundleFile } from '../bundler.ts'
import { toGoErrors } from './failure.ts'
import { GO_TAGS, type GoToolchain, requireGo } from './toolchain.ts'

export interface GoBundle {
  files: BundleFile[]
  entry: string
  /** Absolute paths of every source, embedded file and module file that went into it; none of the standard library. */
  inputs: string[]
}

/** What Lambda and Netlify call the program. */
const PROGRAM = 'bootstrap'
/** Go makes a library of every package that is not called main. */
const ARCHIVE_MARK = Buffer.from('!<arch>')
/** In Go's module cache: it never changes, and go.sum says which version it is. */
const DOWNLOADED = /@v\d+\.\d+[^/]*\//
/** One path a line: sources and embedded files of every package that is not part of Go itself. */
const LIST_TEMPLATE = `{{if not .Standard}}{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}
{{end}}{{range .SFiles}}{{$d}}/{{.}}
{{end}}{{range .SysoFiles}}{{$d}}/{{.}}
{{end}}{{range .EmbedFiles}}{{$d}}/{{.}}
{{end}}{{end}}`

/**
 * Compiles the package in `folder` with the Go of this machine, as Netlify does (build.md §16): stripped, without C,
 * with the tag that leaves the runtime API as the only way in.
 *
 * @throws GO_MISSING; LINK_OUTSIDE_REPOSITORY for sources and embedded files; BUNDLE_FAILED with file and line, several together as RoostErrors
 */
export async function bundleGo(
  functionName: string,
  folder: string,
  mainFile: string,
  boundary: Boundary,
): Promise<GoBundle> {
  const go = await requireGo(functionName, mainFile)
  const moduleFile = findUpwards(folder, 'go.mod')
  // Outside a module Go compiles files that are named, if they need the standard library alone.
  const what = moduleFile === undefined ? await listSources(folder) : ['.']
  const scratch = await mkdtemp(join(tmpdir(), 'roost-go-'))
  try {
    const program = join(scratch, PROGRAM)
    const [built, inputs] = await Promise.all([
      go.run(
        ['build', '-ldflags', '-s -w', '-tags', GO_TAGS, '-buildvcs=false', '-o', program, ...what],
        folder,
      ),
      listInputs(go, folder, what, boundary),
    ])
    for (const input of inputs) boundary.check(input, functionName)
    if (!built.isOk) throw toGoErrors(built.stderr, functionName, mainFile, folder)
    const content = await readFile(program)
    if (content.subarray(0, ARCHIVE_MARK.length).equals(ARCHIVE_MARK))
      throw refuseLibrary(functionName, mainFile)
    return {
      files: [{ path: PROGRAM, kind: 'text', content, mode: 0o755 }],
      entry: PROGRAM,
      inputs: [...inputs, ...listModuleFiles(folder, moduleFile)],
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Every file that Go read and that may change. When it cannot say, the build has failed as well, and says why. */
async function listInputs(
  go: GoToolchain,
  folder: string,
  what: readonly string[],
  boundary: Boundary,
): Promise<string[]> {
  const { stdout } = await go.run(['list', '-deps', '-tags', GO_TAGS, '-f', LIST_TEMPLATE, ...what], folder)
  return stdout
    .split('\n')
    .filter((path) => path !== '' && (isInside(boundary.root, path) || !DOWNLOADED.test(path)))
}

async function listSources(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  return names.filter((name) => name.endsWith('.go') && !name.endsWith('_test.go')).sort()
}

function listModuleFiles(folder: string, moduleFile: string | undefined): string[] {
  if (moduleFile === undefined) return []
  const workspace = findUpwards(folder, 'go.work')
  return [moduleFile, join(dirname(moduleFile), 'go.sum'), ...(workspace === undefined ? [] : [workspace])]
}

function findUpwards(folder: string, name: string): string | undefined {
  for (let dir = folder; ; dir = dirname(dir)) {
    if (existsSync(join(dir, name))) return join(dir, name)
    if (dir === dirname(dir)) return undefined
  }
}

function refuseLibrary(functionName: string, mainFile: string): RoostError {
  return new RoostError(
    'BUNDLE_FAILED',
    `"${functionName}" is not a program: ${mainFile} does not declare "package main".`,
    {
      hint: 'A function in Go is a package main with a function main.',
      details: { functionName, file: mainFile },
    },
  )
}
