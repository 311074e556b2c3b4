import { join } from 'node:path'
import { locateDataDir } from '../base/lib/index.ts'
import { createNodeStore, findNodeCache, findRegistry, type NodeStore } from '../compute/nodes/index.ts'
import { installNode, prepareDataDir } from '../host/index.ts'
import { print } from './output.ts'
import { say } from './print.ts'
import { formatTable } from './table.ts'

export interface RuntimesFlags {
  data?: string
  json?: boolean
}

/** `roost runtimes list`. */
export function listRuntimes(flags: RuntimesFlags): void {
  const rows = openStore(flags)
    .list()
    .map(({ major, version, path }) => ({ major, version, path: path ?? null, isHost: isHost(version) }))
  if (flags.json) print(`${JSON.stringify(rows)}\n`)
  else if (rows.length === 0)
    say(`${process.version} is the only Node for ${process.platform}-${process.arch}.`)
  else
    print(
      formatTable(
        ['node', 'version', 'state'],
        rows.map((row) => [
          String(row.major),
          row.version,
          row.isHost ? "Roost's own" : (row.path ?? 'not installed'),
        ]),
      ),
    )
}

/** `roost runtimes install`: paths on stdout, progress on stderr. @throws as NodeStore.install */
export async function installRuntimes(majors: readonly number[], flags: RuntimesFlags): Promise<void> {
  const store = openStore(flags)
  prepareDataDir(locateDataDir('.', flags.data))
  const paths: Record<number, string> = {}
  for (const major of majors) paths[major] = await installNode(store, major, say)
  if (flags.json) print(`${JSON.stringify(paths)}\n`)
  else for (const path of Object.values(paths)) print(`${path}\n`)
}

/** `roost runtimes remove`. @throws NODE_UNKNOWN */
export async function removeRuntimes(majors: readonly number[], flags: RuntimesFlags): Promise<void> {
  const store = openStore(flags)
  const removed: number[] = []
  for (const major of majors) {
    if (await store.remove(major)) removed.push(major)
    say(removed.includes(major) ? `Node ${major} was removed.` : `Node ${major} was not installed.`)
  }
  if (flags.json) print(`${JSON.stringify(removed)}\n`)
}

function openStore(flags: RuntimesFlags): NodeStore {
  const dir = join(locateDataDir('.', flags.data), 'node')
  const cacheDir = flags.data === undefined ? findNodeCache(process.env) : undefined
  return createNodeStore({ dir, cacheDir, findRegistry: () => findRegistry(process.env) })
}

function isHost(version: string): boolean {
  return process.version === `v${version}`
}
