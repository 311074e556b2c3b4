import { dirname, join } from 'node:path'
import { isLitter } from '../../project/index.ts'
import type { Bundle, BundleInput } from '../bundler.ts'
import { addConfiguredFiles } from '../configured-files.ts'
import { createFileSet, type FileSet } from '../layout.ts'
import { checkMissing } from '../missing.ts'
import { warnOfSyntax } from '../module-syntax.ts'
import { findInstalled, findPackageDir, toPackageName } from '../packages.ts'
import { toPlainModules } from '../plugin-modules.ts'
import { findPublishedFiles } from '../published-files.ts'
import type { BundleSession } from '../session.ts'
import type { SourceFile } from '../source-file.ts'
import { type Trace, traceFile } from '../trace/trace.ts'
import { checkOwnCode } from './check-own-code.ts'

/**
 * The files of a CommonJS function as they are, found by tracing. `isWhole` is what Netlify calls zisi (build.md §11.4,
 * D17): also the rest of the function's own folder, and all published files of every package it uses.
 */
export async function bundleUntouched(
  input: BundleInput,
  session: BundleSession,
  isWhole: boolean,
): Promise<Bundle> {
  const { mainFile } = input.source
  const own = await checkOwnCode(input, session)
  const set = createFileSet(input, session)
  const trace = await traceFile(input, mainFile, session)
  const sideFiles = isWhole ? await findSideFiles(input) : []
  const packages = isWhole ? await findWholePackages(trace, input, session) : { files: [], missing: [] }
  const files = [...trace.files, ...sideFiles, ...packages.files]
  for (const { path, as } of files) set.copy(path, toPlainModules(as))
  const untyped = await keepCommonJs(input, trace, set, session)
  const warnings = await checkMissing(input, [...trace.missing, ...packages.missing], session, isWhole)
  const syntax = await warnOfSyntax(input, trace.esmFiles, session, untyped)
  const configured = await addConfiguredFiles(input, set, session)
  const layout = await set.layOut()
  return {
    files: layout.files,
    entry: layout.toBundlePath(mainFile),
    cwd: layout.cwd,
    moduleFormat: 'cjs',
    bundler: 'nft',
    inputs: [...new Set([...own.inputs, ...files.map(({ path }) => path), ...configured.files])],
    warnings: [...own.warnings, ...warnings, ...syntax, ...configured.warnings, ...layout.warnings],
  }
}

/** A function that is a folder brings it all, but not hidden files. */
async function findSideFiles({ source }: BundleInput): Promise<SourceFile[]> {
  if (source.srcPath === source.mainFile) return []
  const { default: glob } = await import('fast-glob')
  const options = { cwd: source.srcPath, ignore: ['**/node_modules/**'], followSymbolicLinks: false }
  const names = (await glob('**', options)).filter((name) => !name.split('/').some(isLitter))
  return names.map((name) => join(source.srcPath, name)).map((path) => ({ path, as: path }))
}

async function findWholePackages(trace: Trace, input: BundleInput, session: BundleSession) {
  const dirs = new Set(trace.files.map(({ as }) => findPackageDir(as)).filter((dir) => dir !== undefined))
  const found = [...dirs].map((dir) => {
    const parent = dir.slice(0, dir.lastIndexOf('/node_modules/'))
    return findInstalled(toPackageName(dir.slice(parent.length + '/node_modules/'.length)), parent, session)
  })
  const installed = (await Promise.all(found)).filter((one) => one !== undefined)
  return findPublishedFiles(installed, input, session)
}

/**
 * A CommonJS `.js` function in a project of `"type": "module"` runs on Netlify, where no package.json comes along.
 * Here one may: it says `commonjs` then, or nothing where there are ES modules called `.js` as well.
 * @returns the folder whose package.json says nothing any more.
 */
async function keepCommonJs(
  { source, repositoryRoot }: BundleInput,
  trace: Trace,
  set: FileSet,
  session: BundleSession,
): Promise<string | undefined> {
  if (source.extension !== '.js') return undefined
  const scope = await session.findPackageJson(dirname(source.mainFile), repositoryRoot)
  if (scope?.json.type !== 'module') return undefined
  const hasModules = trace.esmFiles.some((file) => file.endsWith('.js') && findPackageDir(file) === undefined)
  const { type: _, ...json } = scope.json
  const plain = hasModules ? json : { ...json, type: 'commonjs' }
  set.write(join(scope.dir, 'package.json'), `${JSON.stringify(plain, null, 2)}\n`)
  return hasModules ? scope.dir : undefined
}
