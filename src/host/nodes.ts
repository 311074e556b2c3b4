import type { ManifestFunction } from '../artifact/manifest/index.ts'
import type { NodeStore } from '../compute/nodes/index.ts'
import type { OnNote } from './artifact.ts'

const OWN_MAJOR = Number(process.versions.node.split('.')[0])

export interface NodesOptions {
  /** The data folder's `node/`. */
  dir: string
  /** Nodes are kept for all projects of this user as well: not by a server with a data folder of its own. */
  isCached: boolean
  /** This process's environment: it says which npm registry there is. */
  hostEnv: Readonly<Record<string, string | undefined>>
  onNote: OnNote
}

/**
 * The Nodes that functions ask for beside our own, major → binary; those that are not there yet are downloaded, with
 * progress. Where npm has none for this platform, functions run on ours, and a note says so.
 *
 * @throws NODE_UNAVAILABLE, NODE_CORRUPT
 */
export async function prepareNodes(
  functions: readonly ManifestFunction[],
  { dir, isCached, hostEnv, onNote }: NodesOptions,
): Promise<ReadonlyMap<number, string>> {
  const wanted = nameWanted(functions)
  const nodes = new Map<number, string>()
  if (wanted.size === 0) return nodes
  // Only here: it unpacks archives, which takes a library.
  const { createNodeStore, findNodeCache, findRegistry } = await import('../compute/nodes/index.ts')
  const store = createNodeStore({
    dir,
    cacheDir: isCached ? findNodeCache(hostEnv) : undefined,
    findRegistry: () => findRegistry(hostEnv),
  })
  for (const [major, names] of wanted) {
    if (store.list().some((release) => release.major === major))
      nodes.set(major, await installNode(store, major, onNote))
    else onNote(describeNoNode(major, names))
  }
  return nodes
}

/** Nodes beside this process's own: major → the functions that ask for it. */
export function nameWanted(functions: readonly ManifestFunction[]): Map<number, string[]> {
  const wanted = new Map<number, string[]>()
  for (const { name, nodeMajor } of functions)
    if (nodeMajor !== undefined && nodeMajor !== OWN_MAJOR)
      wanted.set(nodeMajor, [...(wanted.get(nodeMajor) ?? []), name])
  return wanted
}

export function describeNoNode(major: number, names: readonly string[]): string {
  return `There is no Node ${major} for ${process.platform}-${process.arch}: ${names.join(', ')} will run on ${process.version}.`
}

/** For the start screen: version → names of the functions that asked for it. */
export function nameNodes(
  functions: readonly ManifestFunction[],
  nodes: ReadonlyMap<number, string>,
): Map<string, string[]> {
  return new Map(
    [...nodes.keys()].map((major) => [
      String(major),
      functions.filter(({ nodeMajor }) => nodeMajor === major).map(({ name }) => name),
    ]),
  )
}

/** Installs a Node unless it is there, and reports the progress of the download: at its start, at each quarter, at its end. */
export async function installNode(store: NodeStore, major: number, onNote: OnNote): Promise<string> {
  const known = store.find(major)
  if (known !== undefined) return known
  const version = store.list().find((release) => release.major === major)?.version ?? String(major)
  let isFetched = false
  let told = 0
  const path = await store.install(major, {
    onDownload() {
      isFetched = true
      onNote(`Downloading Node ${version} from the npm registry, once.`, 'progress')
    },
    onProgress(bytes, total) {
      const quarter = total === undefined ? 0 : Math.floor((bytes / total) * 4)
      if (quarter <= told || quarter === 4) return
      told = quarter
      onNote(`Node ${version}: ${quarter * 25} %`, 'progress')
    },
  })
  if (isFetched) onNote(`Node ${version} is ready: ${path}`, 'progress')
  return path
}
