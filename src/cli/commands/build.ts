import { resolve } from 'node:path'
import type { Command } from 'commander'
import { BUILD_FOLDER } from '../../base/lib/index.ts'
import type { BuildFlags } from '../run-build.ts'
import { createSettingOption } from '../setting-flags.ts'

/** `roost build [DIR]`: bundles a project's functions into an artifact that `roost serve --prebuilt` serves. */
export function addBuild(program: Command): void {
  program
    .command('build')
    .description('Build the functions of a project, for "roost serve --prebuilt".')
    .argument('[dir]', 'the project: the folder with netlify.toml or netlify/functions', '.')
    .option('-o, --out <folder>', `folder for the artifact (default: ${BUILD_FOLDER} in the project)`)
    .option('--allow-broken', 'leave out functions that do not build')
    .addOption(createSettingOption('context'))
    .addOption(createSettingOption('allowOutsideLinks'))
    .option('--json', 'the result as one JSON object on stdout')
    .action(async (dir: string, flags: BuildFlags) => {
      const { runBuildCommand } = await import('../run-build.ts')
      await runBuildCommand(resolve(dir), flags)
    })
}
