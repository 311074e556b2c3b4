import { randomBytes } from 'node:crypto'
import { duplexPair, PassThrough, pipeline } from 'node:stream'
import type { Launch, LaunchedProcess, NativeLaunch } from '../process/index.ts'
import { Invocations } from './invocations.ts'
import type { Translate } from './read-response.ts'
import { RuntimeApi, type RuntimeApiListener } from './runtime-api.ts'
import type { Translator } from './translator.ts'

export interface NativeOptions extends NativeLaunch {
  /** The sandbox's. */
  launch: Launch
  /** What the endpoint may take of the host. */
  listener: RuntimeApiListener
  /** One for all programs. */
  translator: Translator
  /** Whether the program's client may leave the secret path out (D26). */
  acceptsBarePath: boolean
  /** The client leaves it out; `isAccepted` false: it is refused. Told once. */
  onBarePath(isAccepted: boolean): void
}

type ExitListener = Parameters<LaunchedProcess['onExit']>[0]

/** Between a program's report that it cannot start and its end by force: it prints why, and ends by itself. */
const INIT_ERROR_GRACE_MS = 500

/**
 * Starts a program that speaks the Lambda runtime API as if it were the runtime on Node: to an `Instance` it looks the
 * same, frames on `control` and lines on its outputs. Host and program meet in `Invocations`, inside this process.
 */
export function launchNative(options: NativeOptions): LaunchedProcess {
  return new NativeProcess(options)
}

class NativeProcess implements LaunchedProcess {
  readonly control
  readonly stdout = new PassThrough()
  readonly stderr = new PassThrough()
  readonly #options: NativeOptions
  readonly #invocations: Invocations
  readonly #api: RuntimeApi
  readonly #prefix = randomBytes(24).toString('base64url')
  #process: LaunchedProcess | undefined
  /** Given before there was a process. */
  #signal: NodeJS.Signals | undefined
  #onExit: ExitListener | undefined
  #initTimer: NodeJS.Timeout | undefined

  constructor(options: NativeOptions) {
    this.#options = options
    const [control, far] = duplexPair()
    this.control = control
    const translate: Translate = (kind, args) => options.translator.translate(this, kind, args)
    this.#invocations = new Invocations({ control: far, translate, onDrain: () => this.kill('SIGTERM') })
    this.#api = new RuntimeApi({
      invocations: this.#invocations,
      translate,
      prefix: this.#prefix,
      listener: options.listener,
      acceptsBarePath: options.acceptsBarePath,
      onBarePath: options.onBarePath,
      onInitError: () => {
        this.#initTimer = setTimeout(() => this.kill('SIGKILL'), INIT_ERROR_GRACE_MS)
      },
    })
    void this.#start() // reports its own failure
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** The folder was known when the process started; the sandbox says where the process sees it. */
  async admit(rootPath: string): Promise<string> {
    return (await this.#process?.admit(rootPath)) ?? rootPath
  }

  onExit(listener: ExitListener): void {
    this.#onExit = listener
  }

  setNice(nice: number): boolean {
    return this.#process?.setNice(nice) ?? false
  }

  ranOutOfMemory(): boolean {
    return this.#process?.ranOutOfMemory() ?? false
  }

  kill(signal: NodeJS.Signals): void {
    if (this.#process === undefined) this.#signal = signal
    else this.#process.kill(signal)
  }

  release(): void {
    clearTimeout(this.#initTimer)
    void this.#api.close() // ends what is there at once
    this.#process?.release()
  }

  async #start(): Promise<void> {
    const { launch, env, functionEnv, rootPath, entry, memoryMb, network } = this.#options
    try {
      const port = await this.#api.listen()
      if (this.#signal !== undefined) return this.#end(null, this.#signal)
      const api = { AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}/${this.#prefix}` }
      const launched = launch({
        ...{ rootPath, entry, memoryMb, network, env },
        functionEnv: { ...functionEnv, ...api },
      })
      this.#process = launched
      launched.onExit((code, signal, error) => this.#end(code, signal, error))
      for (const name of ['stdout', 'stderr'] as const) pipeline(launched[name], this[name], ignore)
      // Such a program has no use for frames: once its variables are handed over, there is nothing to say.
      const { control } = launched
      control.on('error', ignore).end(() => control.destroy())
      this.#invocations.open()
    } catch (error) {
      this.#end(null, null, error as Error)
    }
  }

  #end(...how: Parameters<ExitListener>): void {
    if (this.#process === undefined) {
      this.stdout.end()
      this.stderr.end()
    }
    this.#onExit?.(...how)
  }
}

/** Outputs that break have ended; the process's exit says the rest. */
function ignore(): void {
  return
}
