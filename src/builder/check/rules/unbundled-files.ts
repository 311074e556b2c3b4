import { stat } from 'node:fs/promises'
import { basename, relative } from 'node:path'
import { isInside } from '../../../base/lib/index.ts'
import { type BundleView, viewBundle } from '../bundle-view.ts'
import { evaluatePath, type Text } from '../evaluate-path.ts'
import { type FileRead, listFileReads } from '../file-reads.ts'
import type { RuleFinding } from '../finding.ts'
import { type Names, readNames } from '../names.ts'
import type { CheckedFunction, CheckInput } from '../rule.ts'

/**
 * Files of the project that a function's own code reads at run time and that do not come along: what bundlers find by
 * themselves ends at paths that they can evaluate in the main file (build.md §11.2). The rule also finds files that are
 * found here only because the working directory is always the base directory (§13.2).
 */
export async function findUnbundledFiles(input: CheckInput): Promise<RuleFinding[]> {
  const findings: RuleFinding[] = []
  for (const fn of input.functions) {
    const view = await viewBundle(fn, input.project)
    for (const file of fn.built.inputs) {
      const source = await input.sources.read(file)
      if (source === undefined) continue
      const names = readNames(source.program)
      for (const read of listFileReads(source, names)) {
        const finding = await judge({ read, names, file, fn, view, input })
        if (finding !== undefined) findings.push(finding)
      }
    }
  }
  return findings
}

interface Case {
  read: FileRead
  names: Names
  /** The file that reads. */
  file: string
  fn: CheckedFunction
  view: BundleView
  input: CheckInput
}

async function judge({ read, names, file, fn, view, input }: Case): Promise<RuleFinding | undefined> {
  const { buildDir, repositoryRoot } = input.project
  const { argument, line, column } = read
  const { name, mainFile } = fn.source
  // Bundled code stands where the main file stands; only what is shipped as it is keeps its own place.
  const runsAt = fn.manifest.format === 'lambda' && fn.manifest.bundler === 'nft' ? file : mainFile
  const inBundle = evaluatePath(argument, { cwd: buildDir, file: runsAt }, names)
  const asWritten = evaluatePath(argument, { cwd: buildDir, file }, names)
  if (inBundle === undefined || asWritten === undefined) return undefined
  const [wanted, meant] = [toPath(inBundle), toPath(asWritten)]
  // A folder that holds the function itself can be read for anything.
  if (!isInside(repositoryRoot, wanted) || isInside(wanted, mainFile)) return undefined
  // A framework's own code asks its package.json for its version: nobody can change that, and it does without.
  if (fn.source.category !== 'user' && basename(meant) === 'package.json') return undefined
  const at = { functionName: name, file, line, column }
  const subject = `${input.show(file)}:${line} reads ${input.show(meant)} at run time`

  if (view.has(wanted)) {
    const elsewhere = evaluatePath(argument, { cwd: '/elsewhere', file: runsAt }, names)
    if (elsewhere?.text === inBundle.text || view.netlifyRoot === buildDir) return undefined
    const theirs = input.show(view.netlifyRoot) || 'the project folder'
    return {
      code: 'WORKING_DIRECTORY_DIFFERS',
      message: `${subject}, relative to the working directory, which for "${name}" is ${theirs} on Netlify. Read it relative to the main file instead.`,
      ...at,
    }
  }
  const kind = (await kindOf(meant)) ?? (await kindOf(wanted))
  if (kind === undefined) return undefined // not in the project either: the function makes it, or does without
  const pattern = `${relative(buildDir, (await kindOf(meant)) === undefined ? wanted : meant)}${kind === 'folder' ? '/**' : ''}`
  const moved =
    wanted === meant
      ? ''
      : ` Bundled, that code is part of ${input.show(mainFile)}, and its path leads to ${input.show(wanted)}: read it relative to process.cwd().`
  return {
    code: 'FILE_NOT_BUNDLED',
    message: `${subject}, which is not in the bundle of "${name}".${moved} Add included_files = ["${pattern}"] to [functions."${name}"] in netlify.toml.`,
    ...at,
  }
}

/** The file or folder that is read, or the folder in which something is that only the running code can name. */
function toPath({ text, isWhole }: Text): string {
  const path = isWhole ? text : text.slice(0, text.lastIndexOf('/') + 1)
  return path.length > 1 ? path.replace(/\/$/, '') : path
}

async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found === undefined ? undefined : found.isDirectory() ? 'folder' : 'file'
}
