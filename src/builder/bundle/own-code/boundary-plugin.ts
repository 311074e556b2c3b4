import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Message, Plugin } from 'esbuild'
import { isRoostError, type RoostError } from '../../../base/errors/index.ts'
import { type Boundary, describeOutsider, type Outsider } from '../../project/index.ts'
import type { BundleInput } from '../bundler.ts'
import { toPackageName } from '../packages.ts'
import { readWritten, showPlace } from './location.ts'

/** What esbuild hands back with the message about such a file. */
class OutsideFile {
  readonly path: string
  constructor(path: string) {
    this.path = path
  }
}

/** Longer paths are asked about one by one: the expression grows with the square of the length. */
const MAX_FILTER_PATH = 300

/**
 * Keeps esbuild from reading what leads out of the repository (D133). esbuild names files by their real paths,
 * and its own filter tells those outside, so that files inside cost nothing.
 */
export function createBoundaryPlugin(boundary: Boundary): Plugin {
  return {
    name: 'boundary',
    setup(plugin) {
      plugin.onLoad({ filter: matchOutside(boundary.root), namespace: 'file' }, ({ path }) =>
        boundary.find(path) === undefined
          ? undefined
          : { errors: [{ text: 'It lies outside the repository', detail: new OutsideFile(path) }] },
      )
    },
  }
}

/** The error for such a message, with the link by which the file was reached; undefined: it is about something else. */
export function readOutsideError(message: Message, input: BundleInput): RoostError | undefined {
  const { detail, location } = message
  if (isRoostError(detail) && detail.code === 'LINK_OUTSIDE_REPOSITORY') return detail
  if (!(detail instanceof OutsideFile)) return undefined
  const { boundary, repositoryRoot, source } = input
  const importer = location === null ? source.mainFile : resolve(repositoryRoot, location.file)
  const written = location === null ? '' : readWritten(location)
  const outsider = findLink(written.replace(/^['"`]|['"`]$/g, ''), importer, boundary)
  const place = location === null ? '' : ` (imported at ${showPlace(location)})`
  return describeOutsider(outsider ?? { path: detail.path, target: detail.path }, boundary.root, {
    functionName: source.name,
    place,
  })
}

const ENDINGS = [
  '',
  '.js',
  '.ts',
  '.mjs',
  '.cjs',
  '.tsx',
  '.mts',
  '.cts',
  '.jsx',
  '.json',
  '/index.js',
  '/index.ts',
]

/** The link behind an import as it is written. Aliases are not looked up: then the file itself is named. */
function findLink(specifier: string, importer: string, boundary: Boundary): Outsider | undefined {
  if (specifier === '') return undefined
  const bases = /^[./]/.test(specifier)
    ? ENDINGS.map((ending) => resolve(dirname(importer), specifier + ending))
    : listModules(dirname(importer)).map((modules) => join(modules, toPackageName(specifier)))
  return bases
    .filter((path) => existsSync(path))
    .map((path) => boundary.find(path))
    .find((outsider) => outsider !== undefined && outsider.path !== outsider.target)
}

function listModules(dir: string): string[] {
  const modules = join(dir, 'node_modules')
  return dir === dirname(dir) ? [modules] : [modules, ...listModules(dirname(dir))]
}

/** Matches every path but those in `root`. esbuild's expressions know no "but": so those that differ somewhere in it. */
function matchOutside(root: string): RegExp {
  const prefix = [...`${root}/`]
  if (prefix.length > MAX_FILTER_PATH) return /./
  const ways = prefix.map((letter, index) => {
    const same = prefix.slice(0, index).map(escapeLetter).join('')
    return `${same}(?:$|[^${escapeLetter(letter)}])`
  })
  return new RegExp(`^(?:${ways.join('|')})`)
}

function escapeLetter(letter: string): string {
  return letter.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&')
}
