import { isBuiltin } from 'node:module'
import { bundleLocalCode, type LocalCode } from '../esbuild/local-code.ts'
import { addIncludedFiles } from '../included-files.ts'
import { createFileSet } from '../layout.ts'
import { checkMissing } from '../missing.ts'
import { findModuleFormat } from '../module-format.ts'
import type { BundleSession } from '../session.ts'
import type { Bundle, BundleInput } from '../types.ts'
import { traceModule } from './trace.ts'

/**
 * One file of the function's own code, packages and assets copied beside it as they are (build.md §11.2). The
 * extension of the output says what it is, so that no package.json can change it.
 */
export async function bundleLocal(input: BundleInput, session: BundleSession): Promise<Bundle> {
  const format = input.config.runtimeApi === 1 ? 'cjs' : await findModuleFormat(input, session)
  const { mainFile, extension } = input.source
  const outputPath = mainFile.slice(0, -extension.length) + (format === 'esm' ? '.mjs' : '.cjs')
  const local = await bundleLocalCode(input, format, outputPath, session)
  const set = createFileSet(input, session)
  const inputs = new Set(local.inputs)
  const warnings = [...local.warnings]
  if (needsTrace(local)) {
    const module = { path: outputPath, code: local.plainCode, externals: local.externals }
    const trace = await traceModule(input, module, session)
    for (const file of trace.files) set.copy(file)
    for (const file of trace.files) inputs.add(file)
    warnings.push(...(await checkMissing(input, trace.missing, session)))
  }
  const included = await addIncludedFiles(input, set)
  set.write(outputPath, local.code)
  if (local.map !== undefined) set.write(`${outputPath}.map`, local.map)
  const layout = await set.layOut()
  return {
    files: layout.files,
    entry: layout.toBundlePath(outputPath),
    cwd: layout.cwd,
    moduleFormat: format,
    bundler: 'nft',
    inputs: [...inputs, ...included.files],
    warnings: [...warnings, ...included.warnings, ...layout.warnings],
  }
}

/** Whether the code can need any other file: a package, or one it names itself. The trace costs more than the rest. */
function needsTrace({ plainCode, externals }: LocalCode): boolean {
  for (const specifier of externals.keys()) if (!isBuiltin(specifier)) return true
  return /\b(__dirname|__filename|import\.meta|process\.cwd|require\.resolve|createRequire|import\((?!"node:))/.test(
    plainCode,
  )
}
