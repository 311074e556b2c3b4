import { readFile } from 'node:fs/promises'
import { compileFunction } from 'node:vm'
import { transform } from 'esbuild'
import { type RoostError, RoostErrors } from '../../../base/errors/index.ts'
import type { BuildWarning } from '../../project/index.ts'
import type { BundleInput } from '../bundler.ts'
import { bundleLocalCode } from '../own-code/local-code.ts'
import { findPackageDir } from '../packages.ts'
import type { BundleSession } from '../session.ts'

export interface OwnCode {
  /** Absolute paths of the sources. */
  inputs: string[]
  warnings: BuildWarning[]
}

/**
 * Lets esbuild look at the code of a function whose files are shipped as they are, and throws its output away: it finds
 * imports that are missing, and syntax errors, with their lines, and knows which of them are inside `try`. What it cannot
 * bundle is not bundled here; what Node itself would notice only when the line runs, if it ever does, is a warning.
 *
 * @throws RoostErrors of BUNDLE_FAILED and BUNDLE_IMPORT_MISSING
 */
export async function checkOwnCode(input: BundleInput, session: BundleSession): Promise<OwnCode> {
  try {
    const { mainFile } = input.source
    const { inputs } = await bundleLocalCode(
      input,
      { format: 'cjs', outputPath: `${mainFile}.check.cjs` },
      session,
    )
    return { inputs, warnings: [] }
  } catch (error) {
    if (!(error instanceof RoostErrors)) throw error
    return { inputs: [], warnings: await judge(error.errors, input) }
  }
}

async function judge(errors: readonly RoostError[], { source }: BundleInput): Promise<BuildWarning[]> {
  const warnings: BuildWarning[] = []
  const real: RoostError[] = []
  for (const error of errors) {
    const { file, line, column, reason } = error.details
    if (isOfBundling(error) || (typeof file === 'string' && findPackageDir(file) !== undefined)) continue
    if (typeof file === 'string' && isAwaitAtTop(error) && (await isModule(file))) continue
    if (error.code !== 'BUNDLE_FAILED' || typeof file !== 'string' || !(await isLoadable(file)))
      real.push(error)
    else
      warnings.push({
        code: 'ESBUILD_WARNING',
        functionName: source.name,
        message: `${String(reason)}: "${source.name}" fails when that line runs.`,
        file,
        ...(typeof line === 'number' && { line }),
        ...(typeof column === 'number' && { column }),
      })
  }
  if (real.length > 0) throw new RoostErrors(real)
  return warnings
}

/** A file of a kind that only a bundler loads, or an import that is neither a path nor a package. */
function isOfBundling({ message, details }: RoostError): boolean {
  const isPackageName = /^(@[^/]+\/[^/]|[^@./]|\.)/.test(String(details.specifier ?? 'x'))
  return !isPackageName || message.includes('No loader is configured')
}

/** No error of an ES module: Node imports it, and only esbuild would make it CommonJS here. */
function isAwaitAtTop({ details }: RoostError): boolean {
  return String(details.reason).startsWith('Top-level await')
}

async function isModule(file: string): Promise<boolean> {
  if (/\.[cm]?tsx?$/.test(file)) return true
  try {
    await transform(await readFile(file, 'utf8'), { format: 'esm', loader: 'jsx' })
    return !file.endsWith('.cjs')
  } catch {
    return false
  }
}

/** Whether Node takes the file until something in it runs. JSON is parsed when it is asked for. */
async function isLoadable(file: string): Promise<boolean> {
  if (file.endsWith('.json')) return true
  try {
    const text = await readFile(file, 'utf8')
    compileFunction(text.replace(/^#!.*/, ''), ['exports', 'require', 'module', '__filename', '__dirname'])
    return true
  } catch {
    return false // then esbuild's words about it count
  }
}
