// `npm run build`: dist/, what the published package runs. One file of JavaScript per source file, so that files find
// each other the same way as in a checkout (Node strips no types below node_modules), and the warden; the runtime as one file for old
// Nodes; types for what user code imports. `npm pack` runs it first.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { RUNTIME_BUILD } from '../src/host/index.ts'

/** The one program of ours that is a shell's. */
const WARDEN = 'compute/sandbox/warden.sh'
const root = fileURLToPath(new URL('..', import.meta.url))

rmSync(`${root}dist`, { recursive: true, force: true })
run('tsc', '-p', 'tsconfig.build.json')
run('tsc', '-p', 'tsconfig.types.json')
cpSync(`${root}src/${WARDEN}`, `${root}dist/${WARDEN}`)
await build({
  ...RUNTIME_BUILD,
  entryPoints: [`${root}src/compute/runtime/main.ts`],
  outfile: `${root}dist/compute/runtime/main.cjs`,
})
for (const path of listPromises())
  if (!existsSync(`${root}${path}`)) throw new Error(`${path} was not written`)
console.log('dist/ is ready: npm pack makes the tarball')

/** What package.json, bin/roost.js and the host say that there is. */
function listPromises(): string[] {
  const { exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
    exports: Record<string, string | Record<string, string>>
  }
  const targets = Object.values(exports).flatMap((entry) =>
    typeof entry === 'string' ? entry : Object.values(entry),
  )
  return [
    ...targets,
    'dist/cli/main.js',
    'dist/builder/child/main.js',
    'dist/compute/runtime/main.cjs',
    `dist/${WARDEN}`,
  ]
}

function run(command: string, ...args: string[]): void {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
}
