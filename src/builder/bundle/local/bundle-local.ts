import type { Bundle, BundleInput } from '../bundler.ts'
import { addConfiguredFiles } from '../configured-files.ts'
import { createFileSet } from '../layout.ts'
import { checkMissing } from '../missing.ts'
import { findModuleFormat } from '../module-format.ts'
import { warnOfSyntax } from '../module-syntax.ts'
import { bundleLocalCode, type LocalCode } from '../own-code/local-code.ts'
import type { LocalTarget } from '../own-code/target.ts'
import { findPackageDir } from '../packages.ts'
import type { BundleSession } from '../session.ts'
import { type Trace, traceModule } from '../trace/trace.ts'

/**
 * One file of the function's own code, packages and assets copied beside it as they are (build.md §11.2). The
 * extension of the output says what it is, so that no package.json can change it.
 */
export async function bundleLocal(input: BundleInput, session: BundleSession): Promise<Bundle> {
  const format = await chooseFormat(input, session)
  const { mainFile, extension } = input.source
  const outputPath = mainFile.slice(0, -extension.length) + (format === 'esm' ? '.mjs' : '.cjs')
  const { code, trace } = await bundleAndTrace(input, { format, outputPath }, session)
  const set = createFileSet(input, session)
  for (const { path, as } of trace.files) set.copy(path, as)
  const missing = await checkMissing(input, trace.missing, session)
  const syntax = await warnOfSyntax(input, trace.esmFiles, session)
  const configured = await addConfiguredFiles(input, set, session)
  set.write(outputPath, code.code)
  if (code.map !== undefined) set.write(`${outputPath}.map`, code.map)
  const layout = await set.layOut()
  return {
    files: layout.files,
    entry: layout.toBundlePath(outputPath),
    cwd: layout.cwd,
    moduleFormat: format,
    bundler: 'nft',
    inputs: [...new Set([...code.inputs, ...trace.files.map(({ path }) => path), ...configured.files])],
    warnings: [...code.warnings, ...missing, ...syntax, ...configured.warnings, ...layout.warnings],
  }
}

/** Lambda-format functions become CommonJS, as on Netlify, unless their JSON file says otherwise (build.md §5.3). */
async function chooseFormat(input: BundleInput, session: BundleSession): Promise<'esm' | 'cjs'> {
  if (input.config.runtimeApi === 2) return findModuleFormat(input, session)
  return input.config.nodeModuleFormat === 'esm' && input.source.extension === '.mjs' ? 'esm' : 'cjs'
}

/**
 * A workspace package in JavaScript is copied like any other, unless one of its own imports turns out to be
 * TypeScript: then it is bundled after all.
 */
async function bundleAndTrace(
  input: BundleInput,
  target: LocalTarget,
  session: BundleSession,
): Promise<{ code: LocalCode; trace: Trace }> {
  const code = await bundleLocalCode(input, target, session)
  const module = { path: target.outputPath, code: code.plainCode, externals: code.externals }
  const trace = await traceModule(input, module, session)
  if (target.bundlesLinked || !trace.files.some(({ as }) => isOwnTypeScript(as))) return { code, trace }
  return bundleAndTrace(input, { ...target, bundlesLinked: true }, session)
}

function isOwnTypeScript(path: string): boolean {
  return /(?<!\.d)\.[cm]?tsx?$/.test(path) && findPackageDir(path) === undefined
}
