import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { RoostError } from '../../base/errors/index.ts'
import { isInside } from '../../base/lib/index.ts'
import { type Boundary, createBoundary } from './boundary.ts'
import { findRepositoryRoot, kindOf, listUpwards, readIfThere, resolveIn } from './folders.ts'
import { parseToml, type TomlFile } from './read-toml.ts'

export interface Located {
  toml?: TomlFile
  buildDir: string
  repositoryRoot: string
}

/**
 * Finds the nearest netlify.toml from `root` upwards, the repository root and the base directory (dev-and-edge.md
 * §1.1). A file that sets `build.base` is replaced by the one in that directory, when there is one.
 * @throws CONFIG_SYNTAX, CONFIG_INVALID (the base is not a directory of the repository), LINK_OUTSIDE_REPOSITORY.
 */
export async function locateProject(root: string, allowOutsideLinks: boolean): Promise<Located> {
  const repository = await findRepositoryRoot(root)
  const upwards = listUpwards(root).filter(
    (folder) => repository === undefined || isInside(repository, folder),
  )
  for (const folder of upwards) {
    const repositoryRoot = repository ?? folder
    const boundary = createBoundary({ repositoryRoot, allowOutsideLinks })
    const toml = await readTomlIn(folder, root, boundary)
    if (toml === undefined) continue
    const base = readBase(toml)
    if (base === undefined) {
      const between = upwards.slice(0, upwards.indexOf(folder) + 1)
      return { toml, buildDir: await findDefaultBase(between, folder), repositoryRoot }
    }
    const buildDir = await resolveBase({ base, repositoryRoot, folder, toml, root })
    boundary.check(buildDir)
    const second = buildDir === folder ? undefined : await readTomlIn(buildDir, root, boundary)
    return { toml: second ?? toml, buildDir, repositoryRoot }
  }
  return { buildDir: root, repositoryRoot: repository ?? root }
}

async function readTomlIn(folder: string, root: string, boundary: Boundary): Promise<TomlFile | undefined> {
  const file = join(folder, 'netlify.toml')
  boundary.check(file)
  const text = await readIfThere(file)
  return text === undefined ? undefined : parseToml(text, file, relative(root, file))
}

function readBase({ data }: TomlFile): string | undefined {
  const base = (data.build as { base?: unknown } | undefined)?.base
  return typeof base === 'string' && base !== '' ? base : undefined
}

/** Without `[build] base`: the deepest folder down to the one asked for that looks like a project of its own. */
async function findDefaultBase(folders: readonly string[], fallback: string): Promise<string> {
  for (const folder of folders) {
    for (const mark of ['netlify.toml', 'package.json', 'netlify/functions'])
      if ((await kindOf(join(folder, mark))) !== 'missing') return folder
    if (await hasNetlifyFolder(folder)) return folder
  }
  return fallback
}

/** Roost's own folder in there says nothing: it stands wherever Roost was started once. */
async function hasNetlifyFolder(folder: string): Promise<boolean> {
  const names = await readdir(join(folder, '.netlify')).catch(() => [])
  return names.some((name) => name !== 'roost')
}

interface BaseInput {
  base: string
  repositoryRoot: string
  folder: string
  toml: TomlFile
  root: string
}

/**
 * `[build] base` is relative to the repository root; where there is no such folder, to the file that names it: a
 * project may lie inside somebody else's repository.
 */
async function resolveBase({ base, repositoryRoot, folder, toml, root }: BaseInput): Promise<string> {
  for (const start of [repositoryRoot, folder]) {
    const path = resolveIn(start, base)
    if (isInside(repositoryRoot, path) && (await kindOf(path)) === 'directory') return path
  }
  const place = toml.findPlace(['build', 'base'])
  const expected = `a directory inside the repository ${repositoryRoot}`
  throw new RoostError(
    'CONFIG_INVALID',
    `${relative(root, toml.file)}:${place?.line ?? 1}: build.base is "${base}", expected ${expected}.`,
    {
      hint: 'Create the directory, or correct the path.',
      details: { file: toml.file, ...place, key: 'build.base', found: base, expected },
    },
  )
}
