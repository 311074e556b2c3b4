import { join } from 'node:path'
import { readIfThere } from './folders.ts'
import type { BuildWarning } from './types.ts'

/** Netlify's names for versions that a `.nvmrc` may use. */
const LTS_NAMES: Record<string, string> = { hydrogen: '18', iron: '20', jod: '22', krypton: '24' }

export interface ProjectNodeVersion {
  version?: string
  /** The file or variable that said so. */
  from?: string
  warnings: BuildWarning[]
}

/**
 * The Node version that a project asks for (build.md §12): AWS_LAMBDA_JS_RUNTIME of the site's variables, NODE_VERSION
 * of netlify.toml, `.nvmrc`, `.node-version`. NODE_VERSION of this process does not count: container images set it.
 */
export async function findNodeVersion(
  env: Readonly<Record<string, string | undefined>>,
  tomlEnvironment: Readonly<Record<string, string>>,
  folders: readonly string[],
): Promise<ProjectNodeVersion> {
  const named = env.AWS_LAMBDA_JS_RUNTIME
  if (named) return accept(named, 'AWS_LAMBDA_JS_RUNTIME')
  if (tomlEnvironment.NODE_VERSION) return accept(tomlEnvironment.NODE_VERSION, 'NODE_VERSION')
  for (const folder of new Set(folders)) {
    for (const name of ['.nvmrc', '.node-version']) {
      const file = join(folder, name)
      const lines = (await readIfThere(file))?.split('\n').map((line) => line.replace(/#.*/, '').trim())
      const written = lines?.find((line) => line !== '')
      if (written !== undefined) return accept(written, file, file)
    }
  }
  return { warnings: [] }
}

function accept(written: string, from: string, file?: string): ProjectNodeVersion {
  const version = resolveName(written)
  if (version === undefined) return { warnings: [] }
  const major = parseNodeMajor(version)
  const known = major === undefined ? {} : { version, from }
  if (major !== undefined && isFunctionRuntime(major)) return { ...known, warnings: [] }
  const warning: BuildWarning = {
    code: 'NODE_VERSION_UNKNOWN',
    message: `${from} asks for Node "${written}", on which functions do not run: the default is used.`,
    ...(file === undefined ? {} : { file, line: 1 }),
  }
  return { ...known, warnings: [warning] }
}

/** Runtimes that Netlify has (build.md §12), and 26 as in decision 16. */
export function isFunctionRuntime(major: number): boolean {
  return [18, 20, 22, 24, 26].includes(major)
}

/** The major of `22`, `v22.1`, `22.x`, `nodejs22.x`, `node22`; undefined when there is no version in the text. */
export function parseNodeMajor(version: string | undefined): number | undefined {
  const digits = /\d+/.exec(version ?? '')?.[0]
  return digits === undefined ? undefined : Number(digits)
}

/** `lts/iron` → `20`; undefined for names that mean the newest, which is the default. */
function resolveName(written: string): string | undefined {
  const name = written.toLowerCase().replace(/^lts\//, '')
  if (['*', '', 'lts', 'node', 'stable', 'latest', 'current', 'system'].includes(name)) return undefined
  return LTS_NAMES[name] ?? written
}
