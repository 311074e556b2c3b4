import { spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'

/** A Node that is too old to run Roost itself: the one of this machine where it has one, else ours that says it is one. */
export function findOldNode(): { node: string; nodeArgs: string[] } {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const { stdout } = spawnSync(join(folder, 'node'), ['--version'], { encoding: 'utf8' })
    if (/^v(20|22)\./.test(stdout ?? '')) return { node: join(folder, 'node'), nodeArgs: [] }
  }
  const pretend = 'Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.1.0"}})'
  return { node: process.execPath, nodeArgs: ['--import', `data:text/javascript,${pretend}`] }
}
