import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { isInside } from '../../base/lib/index.ts'
import type { BundleInput } from './bundler.ts'
import { findPackageDir, toPackageName } from './packages.ts'

/** Lock file → package manager; the first that lies in the importer's folder or above it decides. */
const MANAGERS = [
  { lockFiles: ['pnpm-lock.yaml'], add: 'pnpm add', install: 'pnpm install' },
  { lockFiles: ['yarn.lock'], add: 'yarn add', install: 'yarn install' },
  { lockFiles: ['bun.lock', 'bun.lockb'], add: 'bun add', install: 'bun install' },
  { lockFiles: ['package-lock.json', 'npm-shrinkwrap.json'], add: 'npm install', install: 'npm install' },
]
const NPM = MANAGERS[3]!

/**
 * The sentence that gets an imported package installed (D15c): the command of the package manager in use, and
 * where to run it when that is not the repository root. What an installed package imports is the project's to install.
 */
export function describeInstall(
  specifier: string,
  from: string,
  { source, repositoryRoot }: BundleInput,
): string {
  const name = toPackageName(specifier)
  const importer = findPackageDir(from) === undefined ? from : source.mainFile
  const packageDir = climb(importer, repositoryRoot).find(
    (dir) => existsSync(join(dir, 'package.json')) && !GENERATED.test(`${relative(repositoryRoot, dir)}/`),
  )
  const manager = findManager(importer, repositoryRoot)
  const command = isDeclared(name, packageDir) ? manager.install : `${manager.add} ${name}`
  const place = packageDir === undefined ? '' : relative(repositoryRoot, packageDir)
  return `Run "${command}"${place === '' ? '' : ` in ${place}`}.`
}

/** What a framework's build wrote: its next run removes what is installed there. */
const GENERATED = /(?:^|[\\/])\.netlify[\\/](?:v1|functions-internal)[\\/]/

function findManager(importer: string, top: string): (typeof MANAGERS)[number] {
  for (const dir of climb(importer, top))
    for (const manager of MANAGERS)
      if (manager.lockFiles.some((file) => existsSync(join(dir, file)))) return manager
  return NPM
}

/** Declared but not there: installing what is declared is enough. */
function isDeclared(name: string, packageDir: string | undefined): boolean {
  if (packageDir === undefined) return false
  try {
    const json = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8'))
    return [json.dependencies, json.devDependencies, json.optionalDependencies].some(
      (group) => group?.[name] !== undefined,
    )
  } catch {
    return false // damaged: the bundler has complained about it already
  }
}

/** The folders from that of `path` up to `top`. */
function climb(path: string, top: string): string[] {
  const dirs: string[] = []
  for (let dir = dirname(path); isInside(top, dir); dir = dirname(dir)) {
    dirs.push(dir)
    if (dir === top) break
  }
  return dirs
}
