import { resolve } from 'node:path'
import type { Command } from 'commander'
import { DATA_FOLDER } from '../../base/lib/index.ts'
import { readPrebuiltFlag } from '../prebuilt-flag.ts'
import type { ServeFlags } from '../serve-flags.ts'
import { addSettingFlags } from '../setting-flags.ts'

type CommandFlags = Omit<ServeFlags, 'prebuilt'> & { prebuilt?: true | string }

/** `roost serve [DIR]`: builds a project and serves it in production mode. */
export function addServe(program: Command): void {
  const command = program
    .command('serve')
    .description('Build a project and serve it for production on this machine.')
    .argument('[dir]', 'the project: the folder with netlify.toml or netlify/functions (default: ".")')
    .option('-d, --dir <folder>', 'static files to serve (default: [build] publish)')
    .option(
      '--prebuilt [build]',
      'serve a build as it is: roost (what "roost build" has written), netlify (what Netlify\'s tools have), or the newer one',
    )
    .option('--ignore-edge-functions', 'start a project with edge functions or middleware, without them')
    .option('--allow-broken', 'leave out functions that do not build and serve the rest')
    .option(
      '--env-file <file>',
      'variables for functions, NAME=value lines; may be repeated, later files win',
      collect,
      [],
    )
    .option(
      '--env <name[=value]>',
      "one variable; NAME alone passes this shell's value. The process list shows values given here: use --env-file for secrets",
      collect,
      [],
    )
    .option('--data <folder>', `where Roost keeps its data (default: ${DATA_FOLDER} in the project)`)
    .option('--config <file>', 'settings of this server (default: roost.toml in the project, if there)')
    .option('--quiet', 'do not log each request')
    .option('--verbose', 'print more at start: the sandbox in detail, a curl line for each function')
    .option('--json', 'log, requests and ready line as JSON')
    .action(async (given: string | undefined, { prebuilt: value, ...flags }: CommandFlags) => {
      const { dir, prebuilt } = readPrebuiltFlag(value, given)
      const { runServe } = await import('../run-serve.ts')
      await runServe(resolve(dir), { ...flags, ...(prebuilt && { prebuilt }) })
    })
  addSettingFlags(command)
}

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value]
}
