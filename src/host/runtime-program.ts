import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
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
  const { build } = await import('esbuild')
  const { outputFiles } = await build({ ...RUNTIME_BUILD, entryPoints: [source], write: false })
  const bytes = outputFiles[0]!.contents
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  const folder = fileURLToPath(new URL('../../node_modules/.cache/roost/', import.meta.url))
  const path = join(folder, `runtime-${digest}.cjs`)
  if (existsSync(path)) return path
  await mkdir(folder, { recursive: true })
  // Two hosts may start at once: each writes a file of its own and moves it into place.
  const draft = `${path}.${process.pid}`
  await writeFile(draft, bytes)
  await rename(draft, path)
  return path
}

/** How the runtime becomes one file; scripts/build-package.ts does the same for the published package. */
export const RUNTIME_BUILD = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node18.20',
  logLevel: 'silent',
} as const
