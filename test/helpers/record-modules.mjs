// For `node --import`: at the exit of the process one line on stderr, JSON, with what was loaded into it.
import { registerHooks } from 'node:module'

const files = []
registerHooks({
  load(url, context, next) {
    files.push(url)
    return next(url, context)
  },
})
process.on('exit', () => {
  process.stderr.write(`${JSON.stringify({ event: 'modules', files, builtins: process.moduleLoadList })}\n`)
})
