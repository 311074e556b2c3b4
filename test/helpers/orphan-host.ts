// A host that starts two instances, makes one loop and stops the other, prints their pids and waits to be killed.
// argv: sandbox setting, scratch folder.
import { readFileSync } from 'node:fs'
import { openSandbox, type SandboxSetting } from '../../src/compute/sandbox/index.ts'
import { EVAL_PROGRAM, startEvalInstance } from './eval-instance.ts'

const [setting, scratchDir] = process.argv.slice(2)
const sandbox = await openSandbox({
  setting: setting as SandboxSetting,
  scratchDir: scratchDir!,
  sharedPaths: [EVAL_PROGRAM, process.execPath],
})

const pids: number[] = []
for (const kind of ['loop', 'stop']) {
  const begun = Promise.withResolvers<void>()
  const { instance, evaluate } = await startEvalInstance(sandbox, { onLine: () => begun.resolve() })
  const work = kind === 'loop' ? 'for (;;);' : 'await new Promise(() => setInterval(() => {}, 1000))'
  void evaluate(`console.log('begun'); ${work}`, 60_000)
  await begun.promise
  const pid = findNode(instance.pid!)
  if (kind === 'stop') process.kill(pid, 'SIGSTOP')
  pids.push(pid)
}
console.log(JSON.stringify(pids))
setInterval(() => undefined, 1000)

/** The Node process itself: a sandbox may stand between it and us. */
function findNode(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number)
  return children.length === 0 ? pid : findNode(children[0]!)
}
