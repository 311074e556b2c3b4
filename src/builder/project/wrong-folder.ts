import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { RoostError } from '../../base/errors/index.ts'
import { findClosest } from '../../base/lib/index.ts'
import { kindOf, listUpwards } from './folders.ts'
import type { Project } from './project.ts'

/** What makes a folder a project. */
const SIGNS = ['netlify.toml', 'netlify/functions', 'netlify/edge-functions', '.netlify/v1/functions']
/** Folders above, and folders below with their folders, are searched; so many names of each. */
const MAX_NAMES = 200
const MAX_ABOVE = 4

/** @throws PROJECT_NOT_FOUND when `dir` is not a folder: with the one that was probably meant. */
export async function requireFolder(dir: string): Promise<void> {
  const kind = await kindOf(dir)
  if (kind === 'directory') return
  const meant = kind === 'file' ? findProjectAbove(dir) : findTypo(dir)
  throw new RoostError(
    'PROJECT_NOT_FOUND',
    `${dir} ${kind === 'missing' ? 'does not exist' : 'is not a folder'}.${ask(meant)}`,
    { hint: 'Pass the folder that holds netlify.toml or netlify/functions.', details: { dir } },
  )
}

/**
 * Refuses a folder from which nothing can be served: it has neither a functions directory nor static files.
 * @throws PROJECT_NOT_FOUND with the folders that were looked at, and the one that was probably meant.
 */
export async function refuseEmptyProject({ root, functionsDirs, publishDir }: Project): Promise<void> {
  const folders = Object.values(functionsDirs)
  // Edge functions are refused with a sentence of their own.
  const edge = ['netlify', '.netlify', '.netlify/v1'].map((name) => join(root, name, 'edge-functions'))
  const files = publishDir === undefined ? [] : [publishDir]
  if ([...files, ...folders, ...edge].some(existsSync)) return
  const meant = findProjectAbove(root) ?? findProjectBelow(root)
  throw new RoostError(
    'PROJECT_NOT_FOUND',
    `${root} is not a Netlify project: it has no functions and no static files.${ask(meant)}`,
    {
      hint: `Looked for functions in ${folders.join(', ')}, and for ${describePublish(root, publishDir)}. ${suggest(root)}`,
      details: { dir: root },
    },
  )
}

function describePublish(root: string, publishDir: string | undefined): string {
  if (publishDir !== undefined) return `static files in ${publishDir}`
  const isThere = existsSync(join(root, 'netlify.toml'))
  return `[build] publish in netlify.toml${isThere ? '' : ', which does not exist'}`
}

/** What to do in a folder from which nothing can be served. */
function suggest(root: string): string {
  // Sites that name their functions directory in Netlify's settings have it nowhere in the repository.
  const likely = ['functions', 'src/functions', 'api', 'lambda'].find((name) => existsSync(join(root, name)))
  if (likely !== undefined)
    return `If your functions are in ${likely}, write [functions] directory = "${likely}" into netlify.toml.`
  if (existsSync(join(root, 'index.html')))
    return `To serve its files alone: roost serve ${root} --dir ${root}`
  if (hasBuild(root))
    return 'Frameworks write their functions when they are built, and Roost does not run builds: run that of package.json first. docs/guide/frameworks.md has the command for each.'
  return 'Pass the folder that holds netlify.toml or netlify/functions.'
}

function hasBuild(root: string): boolean {
  try {
    return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts?.build !== undefined
  } catch {
    return false // none, or a damaged one: whoever needs it says so
  }
}

function ask(meant: string | undefined): string {
  return meant === undefined ? '' : ` Did you mean ${meant}?`
}

function isProject(dir: string): boolean {
  return SIGNS.some((sign) => existsSync(join(dir, sign)))
}

/** For a folder inside a project, such as its functions directory. */
function findProjectAbove(dir: string): string | undefined {
  return listUpwards(dir)
    .slice(1, MAX_ABOVE + 1)
    .find(isProject)
}

/** For the folder of several projects; only when there is one to choose. */
function findProjectBelow(dir: string): string | undefined {
  const children = listFolders(dir)
  const found = [...children, ...children.flatMap(listFolders)].filter(isProject)
  return found.length === 1 ? found[0] : undefined
}

/** The folder that `path` differs from by a few letters in one of its names. */
function findTypo(path: string): string | undefined {
  const [missing, parent] = findFirstMissing(path)
  const closest = findClosest(
    basename(missing),
    listFolders(parent).map((each) => basename(each)),
  )
  if (closest === undefined) return undefined
  const whole = join(parent, closest, path.slice(missing.length))
  return existsSync(whole) ? whole : join(parent, closest)
}

function findFirstMissing(path: string): [missing: string, parent: string] {
  const parent = dirname(path)
  return existsSync(parent) || parent === path ? [path, parent] : findFirstMissing(parent)
}

function listFolders(dir: string): string[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
      .slice(0, MAX_NAMES)
      .map(({ name }) => join(dir, name))
  } catch {
    return [] // what may not be read cannot be suggested
  }
}
