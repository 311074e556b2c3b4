// `npm run build`: dist/, what the published package runs. One file of JavaScript per source file, so that files find
// each other the same way as in a checkout; the runtime as one file for old Nodes; types for what user code imports.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { RUNTIME_BUILD } from '../src/host/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = `${root}dist`

rmSync(dist, { recursive: true, force: true })
run('tsc', '-p', 'tsconfig.build.json')
if (existsSync(`${root}src/exports/index.ts`))
  run('tsc', '-p', 'tsconfig.build.json', '--declaration', '--emitDeclarationOnly')
await build({
  ...RUNTIME_BUILD,
  entryPoints: [`${root}src/compute/runtime/main.ts`],
  outfile: `${dist}/compute/runtime/main.cjs`,
  minify: true,
})
// Node strips no types below node_modules, so a package without dist/ would not start: npm pack fails instead.
if (!existsSync(`${dist}/cli/main.js`)) throw new Error('dist/cli/main.js was not written')
writeFileSync(`${dist}/package.json`, '{ "type": "module" }\n')
console.log('dist/ is ready: npm pack makes the tarball')

function run(command: string, ...args: string[]): void {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
