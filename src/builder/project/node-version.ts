import { join, relative } from 'node:path'
import type { BuildWarning } from './build-warning.ts'
import { readIfThere } from './folders.ts'
import type { TablePlace } from './function-tables.ts'
import { readNodeVersion } from './node-version-text.ts'

export interface ProjectNodeVersion {
  version?: string
  /** The variable that said so, or the file, relative to the project, with the line. */
  from?: string
  warnings: BuildWarning[]
}

export interface NodeVersionPlaces {
  /** What files are named relative to in messages. */
  root: string
  /** Where `.nvmrc` and `.node-version` are looked for. */
  folders: readonly string[]
  /** Where netlify.toml has NODE_VERSION. */
  place?: TablePlace | undefined
}

/**
 * The Node version that a project asks for (build.md §12): AWS_LAMBDA_JS_RUNTIME of the site's variables, NODE_VERSION
 * of netlify.toml, `.nvmrc`, `.node-version`. NODE_VERSION of this process does not count: container images set it.
 */
export async function findNodeVersion(
  env: Readonly<Record<string, string | undefined>>,
  tomlEnvironment: Readonly<Record<string, string>>,
  { root, folders, place }: NodeVersionPlaces,
): Promise<ProjectNodeVersion> {
  const named = env.AWS_LAMBDA_JS_RUNTIME
  if (named) return accept(named, 'AWS_LAMBDA_JS_RUNTIME')
  if (tomlEnvironment.NODE_VERSION) {
    const at = place === undefined ? '' : ` in ${relative(root, place.file)}:${place.line}`
    return accept(tomlEnvironment.NODE_VERSION, `NODE_VERSION${at}`, place)
  }
  for (const folder of new Set(folders)) {
    for (const name of ['.nvmrc', '.node-version']) {
      const file = join(folder, name)
      const lines = (await readIfThere(file))?.split('\n').map((line) => line.replace(/#.*/, '').trim())
      const at = lines?.findIndex((line) => line !== '') ?? -1
      if (lines === undefined || at === -1) continue
      return accept(lines[at]!, `${relative(root, file)}:${at + 1}`, { file, line: at + 1 })
    }
  }
  return { warnings: [] }
}

function accept(written: string, from: string, place?: { file: string; line: number }): ProjectNodeVersion {
  const read = readNodeVersion(written)
  if (read.kind === 'default') return { warnings: [] }
  const version = read.kind === 'version' ? read.version : undefined
  const major = parseNodeMajor(version)
  const known = version === undefined ? {} : { version, from }
  if (major !== undefined && isFunctionRuntime(major)) return { ...known, warnings: [] }
  const why =
    read.kind === 'newest'
      ? 'which means another version over time: functions run on the default, the newest with long-term support. Write a version, such as 24.'
      : 'which functions cannot run on: the default is used. Write 18, 20, 22, 24 or 26.'
  const warning: BuildWarning = {
    code: 'NODE_VERSION_UNKNOWN',
    message: `${from} asks for Node "${written}", ${why}`,
    ...place,
  }
  return { ...known, warnings: [warning] }
}

/** Runtimes that Netlify has (build.md §12), and 26 as in D16. */
export function isFunctionRuntime(major: number): boolean {
  return [18, 20, 22, 24, 26].includes(major)
}

/** The major of `22`, `v22.1`, `22.x`, `nodejs22.x`, `node22`; undefined when there is no version in the text. */
export function parseNodeMajor(version: string | undefined): number | undefined {
  const digits = /\d+/.exec(version ?? '')?.[0]
  return digits === undefined ? undefined : Number(digits)
}
