import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const TARGETS = {
  floor: { title: 'node:http', args: ['bench/floor.ts'], path: '/' },
  one: { title: 'Roost, one at a time', args: serve('one'), path: '/.netlify/functions/' },
  many: { title: 'Roost, 32 at a time', args: serve('many'), path: '/.netlify/functions/' },
  cold: { title: 'Roost, blanks ready', args: serve('cold'), path: '/.netlify/functions/' },
  coldBare: {
    title: 'Roost, no blanks',
    args: serve('cold'),
    path: '/.netlify/functions/',
    env: { ROOST_BLANKS: '0' },
  },
  prebuilt: {
    title: 'Roost, idle',
    prepare: ['bin/roost.js', 'build', 'bench/projects/cold'],
    args: [...serve('cold'), '--prebuilt'],
    path: '/.netlify/functions/',
  },
  site: { title: 'Roost', prepare: ['bench/site-files.ts'], args: serve('site'), path: '/' },
  neighbours: { title: 'Roost, one at a time', args: serve('neighbours'), path: '/.netlify/functions/' },
} as const satisfies Record<string, TargetSpec>

export type TargetName = keyof typeof TARGETS
/** Who takes part in a scenario that does not say. */
export const DEFAULT_TARGETS: readonly TargetName[] = ['floor', 'one', 'many']

interface TargetSpec {
  title: string
  args: readonly string[]
  /** Run to its end before the server is started, and not timed. */
  prepare?: readonly string[]
  /** Before the name of a function. */
  path: string
  env?: Record<string, string>
}

/** A server that runs in processes of its own and answers the bench project's functions. */
export interface Target {
  name: TargetName
  title: string
  /** The process at the root of its tree. */
  pid: number
  /** From the start of its process to its ready line. */
  readyMs: number
  functionUrl(functionName: string): string
  stop(): Promise<void>
}

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Starts a target and waits for its ready line on stdout, which ends in its URL. */
export async function startTarget(name: TargetName): Promise<Target> {
  const { title, args, path, prepare, env = {} }: TargetSpec = TARGETS[name]
  if (prepare !== undefined) spawnSync(process.execPath, prepare, { cwd: ROOT, stdio: 'ignore' })
  const startedMs = performance.now()
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  const errors: string[] = []
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  const url = await readReadyLine(child).catch((error: Error) => {
    throw new Error(`${title} did not start: ${error.message}\n${errors.join('')}`)
  })
  return {
    name,
    title,
    pid: child.pid!,
    readyMs: performance.now() - startedMs,
    functionUrl: (functionName) => new URL(path + functionName, url).href,
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

function serve(project: string): string[] {
  return ['bin/roost.js', 'serve', `bench/projects/${project}`, '--port', '0']
}

async function readReadyLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const url = / ready: (\S+)$/.exec(line)?.[1]
    if (url !== undefined) {
      child.stdout!.resume()
      return url
    }
  }
  throw new Error('its output ended without a ready line')
}
