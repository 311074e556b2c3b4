import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const APPS = fileURLToPath(new URL('apps', import.meta.url))

/**
 * Outside the repository, as a user's project is: below `node_modules` esbuild reads no tsconfig.json, and below the
 * repository a package that the app forgot would be found among ours.
 */
const CACHE = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'roost-frameworks',
  createHash('sha256').update(APPS).digest('hex').slice(0, 8), // of this checkout: another one may be at work
)

export interface BuildOptions {
  /** Variables of the build, which make another build of the same app. */
  env?: Record<string, string>
}

/**
 * Builds one of `apps/` with its own tool: a copy of it, what its lock file names out of npm, `npm run build`. Done
 * once for each state of its sources, variables and our Node; older builds of the app go when a newer one comes.
 *
 * @returns the built project's folder.
 * @throws with what npm printed, when a step fails; the next call then starts anew.
 */
export async function buildApp(name: string, { env = {} }: BuildOptions = {}): Promise<string> {
  const source = join(APPS, name)
  const variant = [name, ...Object.keys(env)].join('-').toLowerCase()
  const folder = join(CACHE, `${variant}-${hashApp(source, env)}`)
  const mark = join(folder, '.built')
  if (!existsSync(mark)) {
    removeBuildsOf(variant)
    mkdirSync(CACHE, { recursive: true })
    cpSync(source, folder, { recursive: true })
    await runNpm(folder, ['ci', '--ignore-scripts'], env)
    await runNpm(folder, ['run', 'build'], env)
    writeFileSync(mark, '')
  }
  // What Roost makes of it is ours to test, every time.
  rmSync(join(folder, '.netlify', 'roost'), { recursive: true, force: true })
  return folder
}

function hashApp(source: string, env: Record<string, string>): string {
  const hash = createHash('sha256').update(`${process.version} ${JSON.stringify(env)}\n`)
  const files = globSync('**', { cwd: source, withFileTypes: true }).filter((entry) => entry.isFile())
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort())
    hash
      .update(`${path.slice(source.length)}\0`)
      .update(readFileSync(path))
      .update('\0')
  return hash.digest('hex').slice(0, 12)
}

function removeBuildsOf(variant: string): void {
  const isBuild = (name: string): boolean => name.slice(0, -13) === variant
  for (const name of existsSync(CACHE) ? readdirSync(CACHE).filter(isBuild) : [])
    rmSync(join(CACHE, name), { recursive: true })
}

async function runNpm(folder: string, args: string[], env: Record<string, string>): Promise<void> {
  const child = spawn('npm', args, {
    cwd: folder,
    env: { ...readUserEnv(), ...NO_TELEMETRY, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`npm ${args.join(' ')} in ${folder} ended with ${code}:\n${output}`)
}

/**
 * A user's shell, not a test runner's: NODE_ENV=test would make another build. Our Node comes first, so that it runs
 * npm and the framework's tool.
 */
function readUserEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => USER_VARIABLE.test(name))
  return {
    ...Object.fromEntries(kept),
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  }
}

const USER_VARIABLE =
  /^(HOME|USER|LANG|TMPDIR|\w+_proxy|npm_config_(registry|cache|userconfig)|NODE_EXTRA_CA_CERTS)$/i

const NO_TELEMETRY = {
  ASTRO_TELEMETRY_DISABLED: '1',
  NEXT_TELEMETRY_DISABLED: '1',
  NUXT_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
}
