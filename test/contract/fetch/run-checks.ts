import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'

/** Bundles the program as the runtime itself is bundled: plain CommonJS for the oldest Node that instances run on. */
export async function bundleChecks(folder: string): Promise<string> {
  const outfile = join(folder, 'program.cjs')
  await build({
    entryPoints: [join(import.meta.dirname, 'program.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node18',
    logLevel: 'error',
    keepNames: true,
  })
  return outfile
}

/** Runs every check, and so many random sequences, on one Node: what was seen, by name. */
export async function runChecks(
  program: string,
  node: string,
  kind: 'real' | 'light',
  sequences: number,
): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(node, ['--no-warnings', program, kind, String(sequences)], {
    maxBuffer: 256 * 1024 * 1024,
  })
  return JSON.parse(stdout)
}
