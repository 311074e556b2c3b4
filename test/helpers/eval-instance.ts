import { fileURLToPath } from 'node:url'
import { monotonicNow } from '../../src/base/lib/index.ts'
import { DEFAULT_LIMITS } from '../../src/base/settings/index.ts'
import { Instance, type InstanceExit } from '../../src/compute/instance/index.ts'
import type { Sandbox } from '../../src/compute/sandbox/index.ts'

/** Runs whatever code it is sent, and answers with its result. */
export const EVAL_PROGRAM = fileURLToPath(new URL('../fixtures/instances/eval.cjs', import.meta.url))

export interface EvalInstance {
  readonly instance: Instance
  readonly exit: Promise<InstanceExit>
  /** @returns what the code returns; undefined when the instance ends first. */
  evaluate(code: string): Promise<unknown>
}

/** A hostile function in a sandbox: the test says what it does. */
export async function startEvalInstance(
  sandbox: Sandbox,
  functionEnv: Record<string, string> = {},
): Promise<EvalInstance> {
  const launched = sandbox.launch({
    node: process.execPath,
    program: EVAL_PROGRAM,
    memoryMb: 64,
    env: { PATH: '/usr/bin:/bin' },
    functionEnv,
    network: 'all',
  })
  const instance = new Instance({
    id: 'i',
    process: launched,
    limits: DEFAULT_LIMITS,
    onLog: () => undefined,
  })
  const ready = Promise.withResolvers<void>()
  const exit = Promise.withResolvers<InstanceExit>()
  instance.handTo({
    onReady: () => ready.resolve(),
    onFree: () => undefined,
    onExit: (_instance, how) => {
      exit.resolve(how)
      ready.reject(new Error(`ended: ${JSON.stringify(how)}`))
    },
  })
  await ready.promise
  return { instance, exit: exit.promise, evaluate: (code) => evaluate(instance, code) }
}

function evaluate(instance: Instance, code: string): Promise<unknown> {
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
      body: Buffer.from(
        `const fs = require('node:fs'); const { spawn } = require('node:child_process'); ${code}`,
      ),
      deadlineMs: monotonicNow() + 20_000,
      timeoutMs: 20_000,
    },
    {
      onHead: (head) => {
        answer = JSON.parse(String(head.body))
      },
      onChunk: () => undefined,
      onEnd: () => undefined,
      onError: () => undefined,
      onSettled: () => resolve(answer),
    },
  )
  return promise
}
