import { execFile } from 'node:child_process'
import { access, constants, realpath, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { RoostError } from '../../../base/errors/index.ts'

/** Long enough to fetch modules over a slow line; nothing waits forever. */
const GO_MS = 10 * 60_000
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

/** As Netlify compiles (build.md §16), but for the machine that functions run on. */
const TAGS = 'lambda.norpc'
const ARCHITECTURES: Record<string, string> = { x64: 'amd64', arm64: 'arm64', ia32: '386', arm: 'arm' }

/** How a run of `go` ended. */
export interface GoRun {
  isOk: boolean
  stdout: string
  stderr: string
}

export interface GoToolchain {
  /** Stands for the compiler: another one makes other programs of the same source. */
  key: string
  run(args: readonly string[], cwd: string): Promise<GoRun>
}

export { TAGS as GO_TAGS }

/** The `go` of this process's PATH, or undefined. */
export async function findGo(env: NodeJS.ProcessEnv = process.env): Promise<GoToolchain | undefined> {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'go')
    try {
      await access(path, constants.X_OK)
      const real = await realpath(path)
      const { size, mtimeMs } = await stat(real)
      return { key: `${real} ${size} ${mtimeMs}`, run: (args, cwd) => runGo(path, args, cwd, env) }
    } catch {
      // not in this folder
    }
  }
  return undefined
}

/** @throws GO_MISSING */
export async function requireGo(functionName: string, mainFile: string): Promise<GoToolchain> {
  const go = await findGo()
  if (go !== undefined) return go
  throw new RoostError(
    'GO_MISSING',
    `"${functionName}" is written in Go (${mainFile}), but "go" is not installed on this machine.`,
    {
      hint: 'Install it (apt-get install golang-go, brew install go, or https://go.dev/dl), or put a compiled program in its place.',
      details: { functionName, file: mainFile },
    },
  )
}

function runGo(path: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<GoRun> {
  const target = {
    CGO_ENABLED: '0',
    GOOS: process.platform,
    GOARCH: ARCHITECTURES[process.arch] ?? process.arch,
    // Go keeps what it has compiled; a service without a home has no place for that.
    ...(!env.HOME && !env.XDG_CACHE_HOME && !env.GOCACHE && { GOCACHE: join(tmpdir(), 'roost-go-cache') }),
  }
  return new Promise((resolve, reject) => {
    execFile(
      path,
      args,
      { cwd, env: { ...env, ...target }, timeout: GO_MS, maxBuffer: MAX_OUTPUT_BYTES },
      (error, stdout, stderr) => {
        // An exit code is an answer; anything else (no process, no end) is not.
        if (error !== null && typeof error.code !== 'number')
          reject(error.killed ? new Error(`go ${args[0]} took more than ${GO_MS / 60_000} minutes`) : error)
        else resolve({ isOk: error === null, stdout, stderr })
      },
    )
  })
}
