import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RoostError } from '../../base/errors/index.ts'
import type { Log } from '../../base/log/index.ts'
import type { BuildOptions, BuildResult } from '../pipeline/index.ts'
import { fromSentError, revive } from './errors.ts'
import type { BuildReply, BuildRequest } from './messages.ts'

/** How much of a crashed child's stderr is kept for the error. */
const STDERR_TAIL_BYTES = 8 * 1024

/** It lies beside this file: TypeScript in a checkout, JavaScript in the published package. */
const OWN_PROGRAM = new URL(`./main${extname(fileURLToPath(import.meta.url))}`, import.meta.url)

export interface Builder {
  /**
   * Builds in the child process, after builds asked for earlier. The child stays, with what it knows of packages, so
   * a later build of the same project is fast.
   *
   * @throws what buildProject throws; BUILD_CRASHED when the child ends without an answer. On abort: `signal.reason`;
   * the child is ended, the next build starts another.
   */
  build(options: BuildOptions, more?: { signal?: AbortSignal }): Promise<BuildResult>
  /** Ends the child. Builds that run or wait, and later ones, are rejected with an AbortError. Idempotent. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface BuilderOptions {
  /** Takes the child's log lines. */
  log?: Log
  /** What the child runs; ours unless said otherwise. */
  program?: URL
}

/** A build process that is started by the first build and ends with `close`, or with this process. */
export function createBuilder({ log, program = OWN_PROGRAM }: BuilderOptions = {}): Builder {
  const closing = new AbortController()
  let child: ChildProcess | undefined
  let last: Promise<unknown> = Promise.resolve()

  function takeChild(): ChildProcess {
    if (child?.connected) return child
    child = startChild(program)
    return child
  }

  async function build(options: BuildOptions, signal: AbortSignal): Promise<BuildResult> {
    signal.throwIfAborted()
    try {
      return await askChild(takeChild(), options, log, signal)
    } finally {
      if (signal.aborted) child = undefined // it was killed, though it may not have noticed yet
    }
  }

  async function close(): Promise<void> {
    const ending = child
    closing.abort(new DOMException('The builder was closed.', 'AbortError'))
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return
    const ended = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill('SIGKILL') // it holds nothing that needs an orderly end: half-written folders are swept by age
    await ended
  }

  return {
    build(options, { signal } = {}) {
      const either = signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal])
      const run = last.then(() => build(options, either))
      last = run.catch(() => undefined) // the caller of that build hears of it; the next one starts all the same
      return run
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** One build in a child process of its own, which ends with it. @throws as `Builder.build` */
export async function runBuild(
  options: BuildOptions,
  { log, signal }: { log?: Log; signal?: AbortSignal } = {},
): Promise<BuildResult> {
  await using builder = createBuilder(log === undefined ? {} : { log })
  return await builder.build(options, signal === undefined ? {} : { signal })
}

function startChild(program: URL): ChildProcess {
  return fork(program, { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
}

/** Hears every end of the child: an answer, an error of starting it, its exit, an abort. */
function askChild(
  child: ChildProcess,
  options: BuildOptions,
  log: Log | undefined,
  signal: AbortSignal,
): Promise<BuildResult> {
  return new Promise((resolve, reject) => {
    let tail = ''
    const onStderr = (chunk: Buffer) => {
      tail = (tail + chunk.toString('utf8')).slice(-STDERR_TAIL_BYTES)
    }
    const onMessage = (reply: BuildReply) => {
      if (reply.type === 'log') return log?.[reply.level](reply.fields, reply.message)
      forget()
      if (reply.type === 'failed') return reject(fromSentError(reply.error))
      resolve({ ...reply.result, errors: reply.result.errors.map(revive) })
    }
    // `close` comes after the last byte of stderr, `exit` may come before it.
    const onClose = (code: number | null, by: string | null) => {
      forget()
      reject(describeCrash(code, by, tail))
    }
    const onError = (cause: Error) => {
      forget()
      reject(new RoostError('BUILD_CRASHED', `The build process failed: ${cause.message}`, { cause }))
    }
    const onAbort = () => {
      forget()
      child.kill('SIGKILL')
      reject(signal.reason)
    }
    function forget(): void {
      child.stderr?.off('data', onStderr)
      child.off('message', onMessage).off('close', onClose).off('error', onError)
      signal.removeEventListener('abort', onAbort)
    }
    child.stderr?.on('data', onStderr)
    child.on('message', onMessage).on('close', onClose).on('error', onError)
    signal.addEventListener('abort', onAbort)
    child.send({ type: 'build', options } satisfies BuildRequest)
  })
}

function describeCrash(code: number | null, signal: string | null, stderr: string): RoostError {
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`
  const memory = /heap out of memory/.test(stderr) ? ' It ran out of memory.' : ''
  const tail = stderr.trim() === '' ? '' : `\n${stderr.trim()}`
  return new RoostError(
    'BUILD_CRASHED',
    `The build process ended ${how} before it had finished.${memory}${tail}`,
    {
      hint: 'Run the command again; if it repeats, report it with this output.',
      details: { exitCode: code, signal, stderr },
    },
  )
}
