import { relative } from 'node:path'
import { RoostError } from '../../base/errors/index.ts'
import { createLinkFollower, isInside } from '../../base/lib/index.ts'
import { listUpwards } from './folders.ts'

/** What leads out of the repository. */
export interface Outsider {
  /** The link; or, without one, the path that lies outside. */
  path: string
  /** Where it leads, all links followed; undefined: in a circle. */
  target: string | undefined
}

/**
 * The edge of the repository, for everything that a build reads (D133): code of strangers may hold links to
 * files of the operator, and what they lead to is not to become part of a bundle or site. A link counts for what it
 * leads to in the end, through folders and other links. Only packages may lie outside (`admit`).
 *
 * It believes that nothing changes while it lives: every build takes a new one.
 */
export interface Boundary {
  /** The repository's folder, without links. */
  readonly root: string
  /** Where `path` leads, all links followed; undefined: in a circle. */
  follow(path: string): string | undefined
  /** How `path` leads out, or undefined: it does not, or may. The file need not exist. */
  find(path: string): Outsider | undefined
  /** @throws LINK_OUTSIDE_REPOSITORY when `path` leads out. */
  check(path: string, functionName?: string): void
  /** Lets a package pass: `link` is where Node finds it, `real` its folder. */
  admit(link: string, real: string): void
  /** The admitted packages that `paths` are files of: link → folder. */
  listAdmitted(paths: Iterable<string>): Map<string, string>
}

export interface BoundaryOptions {
  repositoryRoot: string
  /** `--allow-outside-links`: everything may pass. */
  allowOutsideLinks: boolean
}

export function createBoundary({ repositoryRoot, allowOutsideLinks }: BoundaryOptions): Boundary {
  const follow = createLinkFollower()
  const admitted = new Map<string, string>()
  const root = follow(repositoryRoot) ?? repositoryRoot

  function find(path: string): Outsider | undefined {
    if (allowOutsideLinks) return undefined
    const real = follow(path)
    if (real !== undefined && isInside(root, real)) return undefined
    if (!isInside(repositoryRoot, path) && !isInside(root, path)) {
      const isAdmitted = real !== undefined && [...admitted.values()].some((folder) => isInside(folder, real))
      return isAdmitted ? undefined : { path, target: real }
    }
    return findFirst(path)
  }

  /** The first folder of a path inside, or the path itself, that leads out and not to an admitted package. */
  function findFirst(path: string): Outsider | undefined {
    let scope = root
    let first: Outsider | undefined
    const folders = listUpwards(path).filter((at) => isInside(repositoryRoot, at) || isInside(root, at))
    for (const at of folders.reverse()) {
      const real = follow(at)
      const folder = admitted.get(at)
      if (real === undefined) return first ?? { path: at, target: undefined }
      if (folder !== undefined && isInside(folder, real)) scope = folder
      else if (isInside(root, real)) scope = root
      else if (!isInside(scope, real)) {
        first ??= { path: at, target: real }
        continue
      }
      first = undefined
    }
    return first
  }

  return {
    root,
    follow,
    find,
    check(path, functionName) {
      const outsider = find(path)
      if (outsider !== undefined) throw describeOutsider(outsider, root, { functionName })
    },
    admit: (link, real) => void admitted.set(link, real),
    listAdmitted(paths) {
      const found = new Map<string, string>()
      const folders = [...admitted.values()]
      const links = [...admitted]
        // What an outside package brings along itself goes without saying.
        .filter(([link]) => !folders.some((folder) => isInside(folder, link)))
        .sort(([a], [b]) => (a < b ? -1 : 1))
      for (const path of paths) {
        if (isInside(root, path)) continue
        const one = links.find(([, folder]) => isInside(folder, path))
        if (one !== undefined) found.set(...one)
      }
      return found
    },
  }
}

/** @param place where it is imported, `file:line:column`. */
export function describeOutsider(
  { path, target }: Outsider,
  root: string,
  { functionName, place = '' }: { functionName?: string | undefined; place?: string } = {},
): RoostError {
  const subject = functionName === undefined ? '' : `"${functionName}" cannot be built: `
  const shown = isInside(root, path) ? relative(root, path) : path
  const how =
    target === undefined
      ? 'is a link that leads in a circle'
      : target === path
        ? `lies outside the repository ${root}`
        : `leads out of the repository ${root}, to ${target}`
  return new RoostError('LINK_OUTSIDE_REPOSITORY', `${subject}${shown} ${how}${place}.`, {
    hint: adviseOn(path),
    details: { file: path, target, ...(functionName !== undefined && { functionName }) },
  })
}

function adviseOn(path: string): string {
  const name = /\/node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1]
  const own =
    name === undefined
      ? 'Put what it leads to into the repository, or remove it.'
      : `A package may lie outside when its package.json has the name of the link, "${name}".`
  return `${own} If you trust the project, --allow-outside-links allows it.`
}
