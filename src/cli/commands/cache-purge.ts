import type { Command } from 'commander'
import { DATA_FOLDER } from '../../base/lib/index.ts'
import type { PurgeFlags } from '../run-cache-purge.ts'

/** `roost cache:purge`: removes cached responses of a server that runs (D114). */
export function addCachePurge(program: Command): void {
  program
    .command('cache:purge')
    .description(
      'Remove cached responses of functions and proxies from a running server that was started with --admin-port.',
    )
    .option('--tag <tag>', 'only responses with this cache tag; may be repeated (default: all)', collect)
    .option('--site <id>', 'ID, name or domain of the site (default: all that the server serves)')
    .option('--data <folder>', `data folder of the server (default: ${DATA_FOLDER} in this folder)`)
    .option(
      '--host-url <url>',
      'address of its admin listener, instead of the one that the data folder names',
    )
    .option('--auth <token>', 'its token (default: the file admin-token of the data folder)')
    .action(async (flags: PurgeFlags) => {
      const { runCachePurge } = await import('../run-cache-purge.ts')
      await runCachePurge(flags, process.env)
    })
}

function collect(value: string, earlier: string[] = []): string[] {
  return [...earlier, value]
}
