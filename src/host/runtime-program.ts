import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RoostError } from '../base/errors/index.ts'

/**
 * The program that runs inside instances: one file of plain JavaScript for every Node from 18.20 on. The published
 * package ships it; a checkout bundles it from its sources, under a name that changes with its content.
 *
 * @returns its absolute path.
 * @throws RUNTIME_UNAVAILABLE
 */
export async function locateRuntimeProgram(): Promise<string> {
  const shipped = fileURLToPath(new URL('../compute/runtime/main.cjs', import.meta.url))
  if (existsSync(shipped)) return shipped
  const source = fileURLToPath(new URL('../compute/runtime/main.ts', import.meta.url))
  if (!existsSync(source))
    throw new RoostError('RUNTIME_UNAVAILABLE', `The runtime program is missing: ${shipped}`, {
      hint: 'Install Roost again.',
    })
  return bundleRuntimeProgram(source)
}

async function bundleRuntimeProgram(source: string): Promise<string> {
  const folder = fileURLToPath(new URL('../../node_modules/.cache/roost/', import.meta.url))
  const path = join(folder, `runtime-${digestSources([dirname(source), join(source, '../../protocol')])}.cjs`)
  if (existsSync(path)) return path
  const { build } = await import('esbuild')
  const { outputFiles } = await build({ ...RUNTIME_BUILD, entryPoints: [source], write: false })
  await mkdir(folder, { recursive: true })
  // Two may be at it at once, here or in another process: each writes a file of its own and moves it into place.
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, outputFiles[0]!.contents)
  await rename(draft, path)
  return path
}

/** Changes when a source file does: loading the bundler only to find that nothing has changed costs 50 ms. */
function digestSources(folders: readonly string[]): string {
  const hash = createHash('sha256')
  for (const folder of folders)
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const file = join(entry.parentPath, entry.name)
      const { size, mtimeMs } = statSync(file)
      hash.update(`${file}\0${size}\0${mtimeMs}\0`)
    }
  return hash.digest('hex').slice(0, 16)
}

/** How the runtime becomes one file; scripts/build-package.ts does the same for the published package. */
export const RUNTIME_BUILD = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node18.20',
  logLevel: 'silent',
} as const
