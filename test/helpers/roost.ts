import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Lines } from './lines.ts'
import { describeProcess, isRunning, type ProcessRow, readProcessTree } from './process-tree.ts'
import { waitFor } from './wait.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface StartOptions {
  /** Variables beside the host's own. */
  env?: Record<string, string>
  /** The Node that starts bin/roost.js; ours when absent. */
  node?: string
  /** Flags of that Node. */
  nodeArgs?: string[]
  cwd?: string
  /** For the ready line; compiling takes longer than the 30 s that are enough for all else. */
  readyMs?: number
  /** What runs in place of `node bin/roost.js`: `['npx', 'roost']`. Signals reach all that it starts. */
  command?: [program: string, ...args: string[]]
}

/** How a command ended. */
export interface Ending {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** A real `node bin/roost.js …` that has said that it is ready. */
export interface Roost extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  readonly stdout: Lines
  /** The log. */
  readonly stderr: Lines
  /** Asks it to stop. Fails when anything that it had started is still there once it has ended. Idempotent. */
  stop(signal?: NodeJS.Signals): Promise<Ending>
  /** Its end, whoever brought it about. */
  readonly ended: Promise<Ending>
}

/** Starts the command and waits for the ready line on stdout. The caller stops it, best with `await using`. */
export async function startRoost(args: string[], options: StartOptions = {}): Promise<Roost> {
  const child = spawnRoost(args, options)
  const stdout = new Lines(child.stdout!)
  const stderr = new Lines(child.stderr!)
  const ended = readEnding(child, stdout, stderr)
  const line = await stdout
    .waitFor(/^Roost ready: |"event":"ready"/, 0, options.readyMs)
    .catch((error: Error) => {
      child.kill('SIGKILL')
      throw new Error(`roost ${args.join(' ')}: ${error.message}\n${stderr.text}`)
    })
  // Written before, through another pipe: it may come later.
  if (options.command === undefined && line.startsWith('Roost ready')) await stderr.waitFor(/Roost \d+\.\d+/)
  const url = /(https?:[^"\s]+)/.exec(line)![1]!
  let stopping: Promise<Ending> | undefined
  const stopOnce = async (signal: NodeJS.Signals): Promise<Ending> => {
    const tree = readProcessTree(child.pid!)
    if (options.command === undefined) child.kill(signal)
    else process.kill(-child.pid!, signal)
    const ending = await ended
    await failOnLeftovers(tree)
    return ending
  }
  const stop = (signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> => {
    stopping ??= stopOnce(signal)
    return stopping
  }
  return {
    url,
    pid: child.pid!,
    stdout,
    stderr,
    ended,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop()
    },
  }
}

/** Runs a command that ends by itself. */
export async function runRoost(args: string[], options: StartOptions = {}): Promise<Ending> {
  const child = spawnRoost(args, options)
  return readEnding(child, new Lines(child.stdout!), new Lines(child.stderr!))
}

/** What this process was given to say how it tests is not meant for the Roost that it starts. */
const OUTSIDE_ENV = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('ROOST_')),
)

function spawnRoost(args: string[], options: StartOptions): ChildProcess {
  const { env, node = process.execPath, nodeArgs = [], cwd = ROOT } = options
  const [program, ...before] = options.command ?? [node, ...nodeArgs, `${ROOT}bin/roost.js`]
  return spawn(program, [...before, ...args], {
    cwd,
    detached: options.command !== undefined,
    env: { ...OUTSIDE_ENV, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function readEnding(child: ChildProcess, stdout: Lines, stderr: Lines): Promise<Ending> {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, stdout: stdout.text, stderr: stderr.text }
}

/**
 * Who is still there has been forgotten. A moment is allowed: the system takes down a killed process, and a PID
 * namespace behind it, after its parent has heard of the end.
 */
async function failOnLeftovers(tree: ProcessRow[]): Promise<void> {
  const isGone = (): boolean => !tree.some(isRunning)
  await waitFor('the end of everything that Roost has started', isGone, 5_000).catch(() => {
    const leftovers = tree.filter(isRunning)
    const list = leftovers.map(describeProcess).join('\n')
    for (const { pid } of leftovers) process.kill(pid, 'SIGKILL')
    throw new Error(`Roost has ended, but left behind:\n${list}`)
  })
}
