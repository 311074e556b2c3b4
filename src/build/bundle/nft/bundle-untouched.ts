import { addIncludedFiles } from '../included-files.ts'
import { createFileSet } from '../layout.ts'
import { checkMissing } from '../missing.ts'
import type { BundleSession } from '../session.ts'
import type { Bundle, BundleInput } from '../types.ts'
import { traceFile } from './trace.ts'

/** The files of a function as they are: its own, found by tracing, and those of packages (build.md §11.4). */
export async function bundleUntouched(input: BundleInput, session: BundleSession): Promise<Bundle> {
  const set = createFileSet(input, session)
  const trace = await traceFile(input, input.source.mainFile, session)
  for (const file of trace.files) set.copy(file)
  const warnings = await checkMissing(input, trace.missing, session, true)
  const included = await addIncludedFiles(input, set)
  const layout = await set.layOut()
  return {
    files: layout.files,
    entry: layout.toBundlePath(input.source.mainFile),
    cwd: layout.cwd,
    moduleFormat: 'cjs',
    bundler: 'nft',
    inputs: [...trace.files, ...included.files],
    warnings: [...warnings, ...included.warnings, ...layout.warnings],
  }
}
