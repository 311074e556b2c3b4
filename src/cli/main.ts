import { Command, CommanderError } from 'commander'
import { RoostError } from '../base/errors/index.ts'
import { addBlobs } from './commands/blobs.ts'
import { addBuild } from './commands/build.ts'
import { addCachePurge } from './commands/cache-purge.ts'
import { addCheck } from './commands/check.ts'
import { addEnvList } from './commands/env-list.ts'
import { addFunctionsList } from './commands/functions-list.ts'
import { addRuntimes } from './commands/runtimes.ts'
import { addServe } from './commands/serve.ts'
import { addWhy } from './commands/why.ts'
import { EXIT, toExitCode } from './exit-codes.ts'
import { checkOutput, survivesBrokenOutput } from './output.ts'
import { openTalk, printError } from './print.ts'
import { readVersion } from './version.ts'

export const COMMANDS = [
  addServe,
  addBuild,
  addCheck,
  addFunctionsList,
  addEnvList,
  addRuntimes,
  addBlobs,
  addCachePurge,
  addWhy,
]

/**
 * Runs one command and sets the process's exit code. A command is declared here and loads its work when it is run:
 * `roost --version` loads none.
 * @param args without `node` and the script.
 */
export async function main(args: string[]): Promise<void> {
  const isJson = args.includes('--json')
  const program = new Command('roost')
    .description('The home for Netlify Functions on your own machines.')
    .version(readVersion(), '-v, --version')
    .showSuggestionAfterError()
    .exitOverride()
  // With --json usage errors are objects too: see `fail`.
  if (isJson) program.configureOutput({ outputError: () => undefined })
  for (const add of COMMANDS) add(program)
  survivesBrokenOutput()
  try {
    await program.parseAsync(args, { from: 'user' })
    await checkOutput()
  } catch (error) {
    if (!(error instanceof CommanderError)) return fail(error, isJson)
    if (error.exitCode !== 0 && isJson) return fail(toUsageError(error), isJson)
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage
  }
}

async function fail(error: unknown, isJson: boolean): Promise<void> {
  process.exitCode = toExitCode(error)
  if (!isJson) return printError(error)
  const [{ createLog }, { createJsonReport }] = await Promise.all([
    import('../base/log/index.ts'),
    import('./report.ts'),
  ])
  createJsonReport(createLog({ format: 'json', destination: openTalk('json') })).error(error)
}

function toUsageError({ message }: CommanderError): RoostError {
  return new RoostError('USAGE', message.replace(/^error: /, ''), {
    hint: '"roost help COMMAND" lists its arguments and options.',
  })
}
