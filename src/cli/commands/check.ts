import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { CheckFlags } from '../run-check.ts'
import { createSettingOption } from '../setting-flags.ts'

export function addCheck(program: Command): void {
  program
    .command('check')
    .description('Report what would break on Netlify or here. Exits with 3 when it finds something.')
    .argument('[dir]', 'the project', '.')
    .addOption(createSettingOption('context'))
    .option(
      '--env-file <file>',
      'variables that functions are given, NAME=value lines; may be repeated',
      collect,
      [],
    )
    .addOption(createSettingOption('allowOutsideLinks'))
    .option('--json', 'findings as JSON on stdout')
    .action(async (dir: string, flags: CheckFlags) => {
      const { runCheck } = await import('../run-check.ts')
      await runCheck(resolve(dir), flags)
    })
}

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value]
}
