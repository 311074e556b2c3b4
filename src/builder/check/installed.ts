import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { toPackageName } from '../bundle/index.ts'

export interface Installed {
  name: string
  /** `…/node_modules/NAME` as Node finds it. */
  path: string
  /** Where a link of that name leads; else `path`. */
  real: string
}

/** The package that Node finds from the folder `from` for an import such as `@a/b/c`; undefined: a path, or not there. */
export function findInstalledPackage(specifier: string, from: string): Installed | undefined {
  if (!/^(@[^./][^/]*\/)?[^./:][^:\s]*$/.test(specifier)) return undefined
  const name = toPackageName(specifier)
  for (let dir = from; ; dir = dirname(dir)) {
    const path = join(dir, 'node_modules', name)
    if (existsSync(join(path, 'package.json'))) return { name, path, real: realpathSync(path) }
    if (dir === dirname(dir)) return undefined
  }
}

/** Names that a package.json lists, by how much the package needs them. */
export interface Declared {
  all: ReadonlySet<string>
  /** The package can do without them. */
  optional: ReadonlySet<string>
}

export function readDeclared(packageDir: string): Declared {
  const json = readPackageJson(packageDir)
  const keys = (field: string): string[] => Object.keys(Object(json[field]) as object)
  const flagged = keys('peerDependenciesMeta')
  const optional = [...keys('optionalDependencies'), ...flagged]
  return {
    all: new Set([...keys('dependencies'), ...keys('peerDependencies'), ...optional]),
    optional: new Set(optional),
  }
}

function readPackageJson(dir: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as Record<string, unknown>
  } catch {
    return {} // none, or damaged: then nothing is known, and nothing is said
  }
}
