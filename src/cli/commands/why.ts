import { type Command, Option } from 'commander'
import { DATA_FOLDER } from '../../base/lib/index.ts'
import type { WhyFlags } from '../run-why.ts'
import { createSettingOption } from '../setting-flags.ts'

/** `roost why METHOD URL`: what would become of a request, station for station. */
export function addWhy(program: Command): void {
  program
    .command('why')
    .description('Say what would answer a request, and why: rules, functions, files. No function runs.')
    .argument('<method>', 'method of the request, such as GET')
    .argument('<url>', 'its path, or a URL where the host matters')
    .option('--header <line>', 'a header of the request, "Name: value"; may be repeated', collect, [])
    .option('--country <code>', 'as if the client were in this country, such as DE')
    .option('--host-url <url>', 'ask a running "roost serve" at its admin listener, instead of building')
    .option('--auth <token>', 'token of that listener (default: the file admin-token of the data folder)')
    .option('--project <folder>', 'the project (default: this folder)')
    .option('-d, --dir <folder>', 'static files to serve (default: [build] publish)')
    .addOption(
      new Option('--prebuilt <build>', 'take a build as it is, instead of building').choices([
        'roost',
        'netlify',
        'newest',
      ]),
    )
    .option('--ignore-edge-functions', 'as "roost serve" with that flag')
    .option('--allow-broken', 'leave out functions that do not build')
    .option(
      '--data <folder>',
      `where the running server keeps its data (default: ${DATA_FOLDER} in the project)`,
    )
    .option('--config <file>', 'settings of the server (default: roost.toml in the project, if there)')
    .addOption(createSettingOption('context'))
    .option('--json', 'as one JSON object on stdout')
    .action(async (method: string, url: string, flags: WhyFlags) => {
      const { runWhy } = await import('../run-why.ts')
      await runWhy(method, url, flags)
    })
}

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value]
}
