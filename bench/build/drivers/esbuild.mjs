// The least that one can do: the same functions through esbuild, one file each, packages left out. `each` calls it
// once a function, `all` once for all of them.
import { globSync } from 'node:fs'
import { build } from 'esbuild'
import { serveBuilds } from './serve-builds.mjs'

const mode = process.argv[2]

serveBuilds(async ({ dir, outDir }) => {
  const entryPoints = globSync('netlify/functions/*.mts', { cwd: dir })
  const options = {
    absWorkingDir: dir,
    outdir: outDir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    packages: 'external',
    sourcemap: true,
    logLevel: 'silent',
  }
  const groups = mode === 'all' ? [entryPoints] : entryPoints.map((entryPoint) => [entryPoint])
  await Promise.all(groups.map((group) => build({ ...options, entryPoints: group })))
  return entryPoints.length
})
