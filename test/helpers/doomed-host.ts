// A host with one instance that runs the given code; prints the code's answer, and waits to be killed.
// argv: sandbox setting, scratch folder, code.
import { openSandbox, type SandboxSetting } from '../../src/compute/sandbox/index.ts'
import { EVAL_PROGRAM, startEvalInstance } from './eval-instance.ts'

const [setting, scratchDir, code] = process.argv.slice(2)
const sandbox = await openSandbox({
  setting: setting as SandboxSetting,
  scratchDir: scratchDir!,
  sharedPaths: [EVAL_PROGRAM, process.execPath],
})
const { evaluate } = await startEvalInstance(sandbox)
console.log(JSON.stringify(await evaluate(code!)))
setInterval(() => undefined, 1000)
