import { Command, CommanderError } from 'commander'
import { isRoostError } from '../base/errors/index.ts'
import { addBlobs } from './commands/blobs.ts'
import { addBuild } from './commands/build.ts'
import { addCheck } from './commands/check.ts'
import { addFunctionsList } from './commands/functions-list.ts'
import { addRuntimes } from './commands/runtimes.ts'
import { addServe } from './commands/serve.ts'
import { EXIT } from './exit-codes.ts'
import { checkOutput, survivesBrokenOutput } from './output.ts'
import { printError } from './print.ts'
import { readVersion } from './version.ts'

const COMMANDS = [addServe, addBuild, addCheck, addFunctionsList, addRuntimes, addBlobs]

/**
 * Runs one command and sets the process's exit code. A command is declared here and loads its work when it is run:
 * `roost --version` loads none.
 * @param args without `node` and the script.
 */
export async function main(args: string[]): Promise<void> {
  const program = new Command('roost')
    .description('The home for Netlify Functions on your own machines.')
    .version(readVersion(), '-v, --version')
    .showSuggestionAfterError()
    .exitOverride()
  for (const add of COMMANDS) add(program)
  survivesBrokenOutput()
  try {
    await program.parseAsync(args, { from: 'user' })
    await checkOutput()
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage
      return
    }
    printError(error)
    process.exitCode = isRoostError(error) && error.code === 'USAGE' ? EXIT.usage : EXIT.failed
  }
}
