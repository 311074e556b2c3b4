import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const DEFAULT_REGISTRY = 'https://registry.npmjs.org'
const NPM_MS = 10_000

/**
 * The npm registry that this machine uses: `NPM_CONFIG_REGISTRY`, or what npm says, which knows its own files. Without
 * npm it is the public one.
 *
 * @param env of this process.
 */
export async function findRegistry(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const named = env.NPM_CONFIG_REGISTRY ?? env.npm_config_registry ?? (await askNpm())
  const registry = named !== undefined && URL.canParse(named) ? named : DEFAULT_REGISTRY
  return registry.replace(/\/+$/, '')
}

async function askNpm(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('npm', ['config', 'get', 'registry'], { timeout: NPM_MS })
    return stdout.trim()
  } catch {
    return undefined // npm is not installed, or does not answer: the public registry is the best guess
  }
}
