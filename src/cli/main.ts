import { Command, CommanderError } from 'commander'
import { printError } from './print.ts'
import { readVersion } from './version.ts'

/** Exit codes (decision 19). */
export const EXIT = { ok: 0, failed: 1, usage: 2, findings: 3 } as const

/**
 * Runs one command and sets the process's exit code. Commands load lazily: `roost --version` loads none of them.
 * @param args without `node` and the script.
 */
export async function main(args: string[]): Promise<void> {
  const program = new Command('roost')
    .description('The home for Netlify Functions on your own machines.')
    .version(readVersion(), '-v, --version')
    .showSuggestionAfterError()
    .exitOverride()
  const { addServe } = await import('./commands/serve.ts')
  addServe(program)
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage
      return
    }
    printError(error)
    process.exitCode = EXIT.failed
  }
}
