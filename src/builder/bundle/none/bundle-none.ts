import { dirname } from 'node:path'
import type { Bundle, BundleInput } from '../bundler.ts'
import { addConfiguredFiles } from '../configured-files.ts'
import { createFileSet } from '../layout.ts'
import { findModuleFormat } from '../module-format.ts'
import { warnOfSyntax } from '../module-syntax.ts'
import type { BundleSession } from '../session.ts'

/** The main file as it is, and what `included_files` names; no import is followed (build.md §11.6). */
export async function bundleNone(input: BundleInput, session: BundleSession): Promise<Bundle> {
  const { mainFile, extension } = input.source
  const set = createFileSet(input, session)
  set.copy(mainFile)
  let moduleFormat = await findModuleFormat(input, session)
  if (!['.mjs', '.cjs', '.mts', '.cts'].includes(extension)) {
    const scope = await session.findPackageJson(dirname(mainFile), input.repositoryRoot)
    if (scope !== undefined)
      set.write(`${scope.dir}/package.json`, `${JSON.stringify({ type: scope.json.type })}\n`)
    // Where nothing says what it is, Node goes by the syntax (D137).
    if (scope?.json.type === undefined) moduleFormat = input.config.inputModuleFormat
  }
  const syntax = await warnOfSyntax(input, moduleFormat === 'esm' ? [mainFile] : [], session)
  const configured = await addConfiguredFiles(input, set, session)
  const layout = await set.layOut()
  return {
    files: layout.files,
    entry: layout.toBundlePath(mainFile),
    cwd: layout.cwd,
    moduleFormat,
    bundler: 'none',
    inputs: [mainFile, ...configured.files],
    warnings: [...syntax, ...configured.warnings, ...layout.warnings],
  }
}
