import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { EnvListFlags } from '../run-env-list.ts'
import { createSettingOption } from '../setting-flags.ts'

/** `roost env:list [DIR]`: the variables that functions see. */
export function addEnvList(program: Command): void {
  program
    .command('env:list')
    .alias('env')
    .description('List the variables that functions see with the same flags of "roost serve".')
    .argument('[dir]', 'the project: the folder with netlify.toml or netlify/functions', '.')
    .option('--origin', 'where each value comes from; also what of netlify.toml functions do not see')
    .option('--env-file <file>', 'as for "roost serve"; may be repeated', collect, [])
    .option('--env <name[=value]>', 'as for "roost serve"; may be repeated', collect, [])
    .option('--config <file>', 'settings of the server (default: roost.toml in the project, if there)')
    .addOption(createSettingOption('context'))
    .addOption(createSettingOption('url'))
    .addOption(
      new Option('--plain', 'the variables that were given, with their values, as --env-file reads them'),
    )
    .addOption(new Option('--json', 'names and values as JSON on stdout').conflicts('plain'))
    .action(async (dir: string, flags: EnvListFlags) => {
      const { runEnvList } = await import('../run-env-list.ts')
      await runEnvList(resolve(dir), flags)
    })
}

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value]
}
