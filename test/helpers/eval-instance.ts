import { fileURLToPath } from 'node:url'
import { monotonicNow } from '../../src/base/lib/index.ts'
import { DEFAULT_LIMITS } from '../../src/base/settings/index.ts'
import { Instance, type InstanceExit } from '../../src/compute/instance/index.ts'
import type { Sandbox } from '../../src/compute/sandbox/index.ts'

/** Runs whatever code it is sent, and answers with its result. */
export const EVAL_PROGRAM = fileURLToPath(new URL('../fixtures/instances/eval.cjs', import.meta.url))

/** What code may use without asking for it. */
const PRELUDE = `const fs = require('node:fs'); const { execFileSync, spawn, spawnSync } = require('node:child_process');`

export interface EvalOptions {
  env?: Record<string, string>
  functionEnv?: Record<string, string>
  memoryMb?: number
  network?: 'all' | 'none'
  /** What the code prints, line by line. */
  onLine?(text: string | undefined): void
}

export interface EvalInstance {
  readonly instance: Instance
  readonly exit: Promise<InstanceExit>
  /** @returns what the code returns; the type of the failure when the instance ends first. */
  evaluate(code: string, timeoutMs?: number): Promise<unknown>
}

/** A hostile function in a sandbox: the test says what it does. */
export async function startEvalInstance(
  sandbox: Sandbox,
  { env = {}, functionEnv = {}, memoryMb = 64, network = 'all', onLine = ignore }: EvalOptions = {},
): Promise<EvalInstance> {
  const launched = sandbox.launch({
    node: process.execPath,
    program: EVAL_PROGRAM,
    memoryMb,
    env: { PATH: '/usr/bin:/bin', ...env },
    functionEnv,
    network,
  })
  const instance = new Instance({
    id: 'i',
    process: launched,
    limits: DEFAULT_LIMITS,
    onLog: ({ text }) => onLine(text),
  })
  const ready = Promise.withResolvers<void>()
  const exit = Promise.withResolvers<InstanceExit>()
  instance.handTo({
    onReady: () => ready.resolve(),
    onFree: ignore,
    onExit: (_instance, how) => {
      exit.resolve(how)
      ready.reject(new Error(`ended: ${JSON.stringify(how)}`))
    },
  })
  await ready.promise
  const evaluate: EvalInstance['evaluate'] = (code, timeoutMs) => evaluateIn(instance, code, timeoutMs)
  return { instance, exit: exit.promise, evaluate }
}

function evaluateIn(instance: Instance, code: string, timeoutMs = 20_000): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  let answer: unknown
  instance.invoke(
    {
      requestId: 'r',
      method: 'POST',
      url: 'http://localhost/',
      route: undefined,
      params: '',
      headers: '',
      body: Buffer.from(`${PRELUDE} ${code}`),
      deadlineMs: monotonicNow() + timeoutMs,
      timeoutMs,
    },
    {
      onHead: (head) => {
        answer = JSON.parse(String(head.body))
      },
      onChunk: ignore,
      onEnd: ignore,
      onError: ({ failure }) => {
        answer = failure.errorType
      },
      onSettled: () => resolve(answer),
    },
  )
  return promise
}

function ignore(): void {
  return
}
