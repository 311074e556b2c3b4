import { existsSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { isInside } from '../../../base/lib/index.ts'
import { createExclusion, toPackageName } from '../../bundle/index.ts'
import { type BundleView, viewBundle } from '../bundle-view.ts'
import { evaluateText } from '../evaluate-path.ts'
import type { RuleFinding } from '../finding.ts'
import { findInstalledPackage, type Installed, readDeclared } from '../installed.ts'
import { readNames } from '../names.ts'
import { listPackageCode } from '../package-code.ts'
import { loadsPackage, mentionsPackage, namesModulesLater } from '../package-code-loads.ts'
import { listPackageLoads } from '../package-loads.ts'
import type { CheckedFunction, CheckInput } from '../rule.ts'
import type { ParsedSource } from '../sources.ts'
import { isNode, readFirstArgument, type SyntaxNode, walk } from '../walk.ts'

/**
 * Installed packages, and files of them, that code asks for when it runs and that are not in the bundle: by a name in a
 * variable, through a `require` of its own, or to find a file. What is not installed is not looked for: the code tries.
 */
export async function findUnbundledPackages(input: CheckInput): Promise<RuleFinding[]> {
  const findings: RuleFinding[] = []
  for (const fn of input.functions) {
    if (fn.source.kind !== 'js') continue
    const view = await viewBundle(fn, input.project)
    const found = [...(await checkOwnCode(fn, view, input)), ...(await checkPackages(fn, input))]
    findings.push(...new Map(found.map((finding) => [finding.message, finding])).values())
  }
  return findings
}

async function checkOwnCode(
  fn: CheckedFunction,
  view: BundleView,
  input: CheckInput,
): Promise<RuleFinding[]> {
  const findings: RuleFinding[] = []
  for (const file of fn.built.inputs) {
    const source = await input.sources.read(file)
    if (source === undefined) continue
    const names = readNames(source.program)
    for (const { argument, line, column } of listPackageLoads(source, names)) {
      const text = evaluateText(argument, { cwd: input.project.buildDir, file }, names)
      const asked = text?.isWhole ? [text.text] : text === undefined ? listMeant(source, fn, input) : []
      for (const specifier of asked) {
        const wanted = findMissing(specifier, dirname(file), fn, view)
        if (wanted === undefined) continue
        const verb = text === undefined ? 'may load' : 'asks for'
        findings.push({
          code: 'PACKAGE_NOT_BUNDLED',
          message: `${input.show(file)}:${line} ${verb} "${specifier}" at run time, which is not in the bundle of "${fn.source.name}". ${describeFix(wanted, fn, input)}`,
          functionName: fn.source.name,
          file,
          line,
          column,
        })
      }
    }
  }
  return findings
}

/**
 * What code that loads a module by any name may mean: names of the project's own dependencies that stand in the same
 * file, and not as what it imports. What a framework wrote is not looked at: nobody can change it.
 */
function listMeant(
  { program }: ParsedSource,
  { source }: CheckedFunction,
  { project }: CheckInput,
): string[] {
  if (source.category !== 'user') return []
  const { all } = readDeclared(findProjectDir(source.mainFile, project.repositoryRoot))
  const texts = new Set<string>()
  const imported = new Set<unknown>()
  walk(program, (node) => {
    imported.add((node as SyntaxNode & { source?: unknown }).source)
    if (isNode(node, 'CallExpression') && isNode(node.callee, 'Identifier') && node.callee.name === 'require')
      imported.add(readFirstArgument(node))
  })
  walk(program, (node) => {
    if (isNode(node, 'StringLiteral') && !imported.has(node) && all.has(toPackageName(node.value)))
      texts.add(node.value)
  })
  return [...texts]
}

/** Only what a package declares, and of what it only names, only what the project has chosen: the rest is talk. */
async function checkPackages(fn: CheckedFunction, { project }: CheckInput): Promise<RuleFinding[]> {
  const { repositoryRoot, buildDir } = project
  const base = fn.manifest.cwd === undefined ? buildDir : repositoryRoot
  const packages = await listPackageCode(fn, base, repositoryRoot)
  const own = readDeclared(findProjectDir(fn.source.mainFile, repositoryRoot)).all
  const findings: RuleFinding[] = []
  for (const [dir, files] of packages) {
    const declared = readDeclared(dir)
    const absent = [...declared.all]
      .filter((name) => !isBuiltin(name)) // Node has it, whatever is installed for browsers
      .map((name) => findInstalledPackage(name, dir))
      .filter((one) => one !== undefined && !isLeftOut(one.name, fn))
      .filter((one) => one !== undefined && !packages.has(one.path) && !packages.has(one.real))
    if (absent.length === 0) continue
    const texts = await Promise.all(files.map(async ({ path, read }) => ({ path, text: await read() })))
    const isLate = texts.some(({ text }) => namesModulesLater(text))
    for (const installed of absent) {
      if (installed === undefined) continue
      const { name } = installed
      const mayBeNamed = isLate && declared.optional.has(name) && own.has(name)
      const where =
        texts.find(({ text }) => loadsPackage(text, name)) ??
        (mayBeNamed ? texts.find(({ text }) => mentionsPackage(text, name)) : undefined)
      if (where === undefined) continue
      const owner = dir.slice(dir.lastIndexOf('/node_modules/') + '/node_modules/'.length)
      findings.push({
        code: 'PACKAGE_NOT_BUNDLED',
        message: `The package "${owner}" asks for "${name}" at run time (${where.path}), which is not in the bundle of "${fn.source.name}". ${describeFix({ installed }, fn, { project })}`,
        functionName: fn.source.name,
        file: fn.source.mainFile,
      })
    }
  }
  return findings
}

interface Wanted {
  installed: Installed
  /** The file that is missing of a package that is there in part. */
  file?: string
}

function findMissing(
  specifier: string,
  from: string,
  fn: CheckedFunction,
  view: BundleView,
): Wanted | undefined {
  if (isBuiltin(specifier)) return undefined
  const installed = findInstalledPackage(specifier, from)
  if (installed === undefined || isLeftOut(installed.name, fn)) return undefined
  const { path, real } = installed
  if (!view.has(path) && !view.has(real)) return { installed }
  const file = resolveFile(specifier, installed, from)
  if (file === undefined || view.has(file) || view.has(join(path, relative(real, file)))) return undefined
  return { installed, file: join(path, relative(real, file)) }
}

/** On purpose. */
function isLeftOut(name: string, { config }: CheckedFunction): boolean {
  const excluded = config.includedFiles.filter((pattern) => pattern.startsWith('!'))
  return (
    config.ignoredNodeModules.includes(name) ||
    createExclusion(excluded.map((pattern) => pattern.slice(1)))(name)
  )
}

/** undefined: Node would not find it either, or not by these conditions. */
function resolveFile(specifier: string, { name, real }: Installed, from: string): string | undefined {
  try {
    return createRequire(join(from, 'x.js')).resolve(specifier)
  } catch {
    const path = resolve(real, `.${specifier.slice(name.length)}`)
    return specifier !== name && isInside(real, path) && existsSync(path) ? path : undefined
  }
}

function describeFix(
  { installed, file }: Wanted,
  { source }: CheckedFunction,
  { project }: Pick<CheckInput, 'project'>,
): string {
  const setting =
    file !== undefined && isInside(project.buildDir, file)
      ? `included_files = ["${relative(project.buildDir, file)}"]`
      : `external_node_modules = ["${installed.name}"]`
  return `If the function needs it, add ${setting} to [functions."${source.name}"] in netlify.toml.`
}

/** The folder whose package.json lists what the function may import. */
function findProjectDir(mainFile: string, repositoryRoot: string): string {
  for (let dir = dirname(mainFile); isInside(repositoryRoot, dir); dir = dirname(dir)) {
    if (existsSync(join(dir, 'package.json'))) return dir
    if (dir === repositoryRoot) break
  }
  return repositoryRoot
}
