import type { BuildOptions } from 'esbuild'
import type { Bundle, BundleInput } from '../bundler.ts'
import { addConfiguredFiles } from '../configured-files.ts'
import { createFileSet } from '../layout.ts'
import { checkMissing } from '../missing.ts'
import { createBoundaryPlugin } from '../own-code/boundary-plugin.ts'
import { toBuildErrors, toBuildWarnings } from '../own-code/failure.ts'
import { buildWithGlobs, relaxGlobLookup } from '../own-code/glob-imports.ts'
import { baseOptions, findInputs } from '../own-code/local-code.ts'
import { findPluginModules } from '../plugin-modules.ts'
import { findPublishedFiles } from '../published-files.ts'
import type { BundleSession } from '../session.ts'
import { createEverythingPlugin, type Kept } from './everything-plugin.ts'

/** Own code and packages in one CommonJS file (build.md §11.3), called `.cjs` so that no package.json changes it. */
export async function bundleEverything(input: BundleInput, session: BundleSession): Promise<Bundle> {
  const { mainFile, extension } = input.source
  const outputPath = `${mainFile.slice(0, -extension.length)}.cjs`
  const kept: Kept = { copied: new Map(), native: {} }
  const options = {
    ...baseOptions(input),
    nodePaths: await findPluginModules(input, session),
    format: 'cjs',
    outfile: outputPath,
    plugins: [createBoundaryPlugin(input.boundary), createEverythingPlugin(input, outputPath, kept, session)],
  } satisfies BuildOptions
  const result = await buildWithGlobs(options).catch((failure) => {
    throw toBuildErrors(failure, input)
  })

  const set = createFileSet(input, session)
  const packages = await findPublishedFiles(kept.copied.values(), input, session)
  for (const { path, as } of packages.files) set.copy(path, as)
  const missing = await checkMissing(input, packages.missing, session)
  const configured = await addConfiguredFiles(input, set, session)
  for (const { path, text } of result.outputFiles) set.write(path, relaxGlobLookup(text))
  const layout = await set.layOut()
  return {
    files: layout.files,
    entry: layout.toBundlePath(outputPath),
    cwd: layout.cwd,
    moduleFormat: 'cjs',
    bundler: 'esbuild',
    inputs: [
      ...findInputs(result.metafile, input.repositoryRoot),
      ...packages.files.map(({ path }) => path),
      ...configured.files,
    ],
    warnings: [
      ...toBuildWarnings(result.warnings, input),
      ...missing,
      ...configured.warnings,
      ...layout.warnings,
    ],
    ...(Object.keys(kept.native).length > 0 && { nativeModules: kept.native }),
  }
}
