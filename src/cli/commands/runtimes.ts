import { type Command, InvalidArgumentError } from 'commander'
import { DATA_FOLDER } from '../../base/lib/index.ts'
import type { RuntimesFlags } from '../run-runtimes.ts'

/** `roost runtimes list|install|remove`: the Nodes that functions can ask for. */
export function addRuntimes(program: Command): void {
  const runtimes = program
    .command('runtimes')
    .description(
      'Manage the Node versions that functions can ask for, beside the one that Roost itself runs on.',
    )
  withFlags(runtimes.command('list'))
    .description('List the versions, and which of them are installed.')
    .action(async (flags: RuntimesFlags) => (await load()).listRuntimes(flags))
  withFlags(runtimes.command('install'))
    .description('Download versions from the npm registry now, not at the first start that needs them.')
    .argument('<major...>', 'major versions, such as 20', collectMajor)
    .action(async (majors: number[], flags: RuntimesFlags) => (await load()).installRuntimes(majors, flags))
  withFlags(runtimes.command('remove'))
    .description('Remove versions; a start that needs one downloads it again.')
    .argument('<major...>', 'major versions, such as 20', collectMajor)
    .action(async (majors: number[], flags: RuntimesFlags) => (await load()).removeRuntimes(majors, flags))
}

function withFlags(command: Command): Command {
  return command
    .option('--data <folder>', `the data folder (default: ${DATA_FOLDER} in this folder)`)
    .option('--json', 'the result as JSON on stdout')
}

function load() {
  return import('../run-runtimes.ts')
}

/** `20`, `v20`, `20.x`: the major counts. */
function collectMajor(value: string, earlier: number[] | undefined): number[] {
  const major = /^v?(\d{1,3})(\.[\dx.]+)?$/.exec(value)?.[1]
  if (major === undefined) throw new InvalidArgumentError('Write a major version, such as 20.')
  return [...(earlier ?? []), Number(major)]
}
