import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { FunctionsListFlags } from '../run-functions-list.ts'
import { createSettingOption } from '../setting-flags.ts'

/** `roost functions:list [DIR]`: what a project's functions are and where they answer, without building them. */
export function addFunctionsList(program: Command): void {
  program
    .command('functions:list')
    .alias('functions')
    .description('List the functions of a project and their URLs.')
    .argument('[dir]', 'the project: the folder with netlify.toml or netlify/functions', '.')
    .addOption(createSettingOption('context'))
    .option('--json', 'as a JSON array on stdout')
    .action(async (dir: string, flags: FunctionsListFlags) => {
      const { runFunctionsList } = await import('../run-functions-list.ts')
      await runFunctionsList(resolve(dir), flags)
    })
}
