import { dirname } from 'node:path'
import { addIncludedFiles } from '../included-files.ts'
import { createFileSet } from '../layout.ts'
import { findModuleFormat } from '../module-format.ts'
import type { BundleSession } from '../session.ts'
import type { Bundle, BundleInput } from '../types.ts'

/** The main file as it is, and what `included_files` names; no import is followed (build.md §11.6). */
export async function bundleNone(input: BundleInput, session: BundleSession): Promise<Bundle> {
  const { mainFile, extension } = input.source
  const moduleFormat = await findModuleFormat(input, session)
  const set = createFileSet(input, session)
  set.copy(mainFile)
  if (!['.mjs', '.cjs', '.mts', '.cts'].includes(extension)) {
    const scope = await session.findPackageJson(dirname(mainFile), input.repositoryRoot)
    if (scope !== undefined)
      set.write(`${scope.dir}/package.json`, `${JSON.stringify({ type: scope.json.type })}\n`)
  }
  const included = await addIncludedFiles(input, set)
  const layout = await set.layOut()
  return {
    files: layout.files,
    entry: layout.toBundlePath(mainFile),
    cwd: layout.cwd,
    moduleFormat,
    bundler: 'none',
    inputs: [mainFile, ...included.files],
    warnings: [...included.warnings, ...layout.warnings],
  }
}
