import { build } from 'esbuild'
import { addIncludedFiles } from '../included-files.ts'
import { createFileSet } from '../layout.ts'
import type { BundleSession } from '../session.ts'
import type { Bundle, BundleInput } from '../types.ts'
import { toBuildErrors, toBuildWarning } from './failure.ts'
import { baseOptions, findInputs } from './local-code.ts'

/** Own code and packages in one CommonJS file (build.md §11.3), called `.cjs` so that no package.json changes it. */
export async function bundleEverything(input: BundleInput, session: BundleSession): Promise<Bundle> {
  const { mainFile, extension } = input.source
  const outputPath = `${mainFile.slice(0, -extension.length)}.cjs`
  const result = await build({
    ...baseOptions(input),
    format: 'cjs',
    outfile: outputPath,
    write: false,
    metafile: true,
  }).catch((failure) => {
    throw toBuildErrors(failure, input)
  })
  const set = createFileSet(input, session)
  const included = await addIncludedFiles(input, set)
  for (const file of result.outputFiles) set.write(file.path, file.text)
  const layout = await set.layOut()
  return {
    files: layout.files,
    entry: layout.toBundlePath(outputPath),
    cwd: layout.cwd,
    moduleFormat: 'cjs',
    bundler: 'esbuild',
    inputs: [...findInputs(result.metafile, input.repositoryRoot), ...included.files],
    warnings: [
      ...result.warnings.map((warning) => toBuildWarning(warning, input)),
      ...included.warnings,
      ...layout.warnings,
    ],
  }
}
