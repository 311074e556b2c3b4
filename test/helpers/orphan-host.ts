// A host that starts two instances, makes one loop and stops the other, prints their pids and waits to be killed.
// argv: sandbox setting, scratch folder.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { monotonicNow } from '../../src/base/lib/index.ts'
import { DEFAULT_LIMITS } from '../../src/base/settings/index.ts'
import { Instance } from '../../src/compute/instance/index.ts'
import { openSandbox, type SandboxSetting } from '../../src/compute/sandbox/index.ts'

const [setting, scratchDir] = process.argv.slice(2)
const program = fileURLToPath(new URL('../fixtures/instances/eval.cjs', import.meta.url))
const node = process.execPath
const sandbox = await openSandbox({
  setting: setting as SandboxSetting,
  scratchDir: scratchDir!,
  sharedPaths: [program, node],
})

const pids: number[] = []
for (const kind of ['loop', 'stop']) {
  const launched = sandbox.launch({ node, program, memoryMb: 64, env: {}, network: 'all' })
  const instance = new Instance({
    id: kind,
    process: launched,
    limits: DEFAULT_LIMITS,
    onLog: () => undefined,
  })
  await new Promise<void>((resolve) => {
    instance.handTo({ onReady: () => resolve(), onFree: () => undefined, onExit: () => undefined })
  })
  instance.invoke(
    {
      requestId: 'r',
      method: 'POST',
      url: 'http://localhost/',
      route: undefined,
      params: '',
      headers: '',
      body: Buffer.from(kind === 'loop' ? 'for (;;);' : 'setInterval(() => {}, 1000)'),
      deadlineMs: monotonicNow() + 60_000,
      timeoutMs: 60_000,
    },
    { onHead: noop, onChunk: noop, onEnd: noop, onError: noop, onSettled: noop },
  )
  await new Promise((resolve) => setTimeout(resolve, 100))
  const pid = findNode(launched.pid!)
  if (kind === 'stop') process.kill(pid, 'SIGSTOP')
  pids.push(pid)
}
console.log(JSON.stringify(pids))
setInterval(noop, 1000)

/** The Node process itself: a sandbox may stand between it and us. */
function findNode(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number)
  return children.length === 0 ? pid : findNode(children[0]!)
}

function noop(): void {
  return
}
