import { type Command, Option } from 'commander'
import { DATA_FOLDER } from '../../base/lib/index.ts'
import type { BlobFlags, GetFlags, ListFlags, SetFlags } from '../run-blobs.ts'

/** `roost blobs:list|get|set|delete`, with the flags of `netlify blobs:…`, whether the server runs or not. */
export function addBlobs(program: Command): void {
  const add = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .argument('<store>', 'name of the store')
      .option('--project <folder>', 'the project (default: this folder)')
      .option('--data <folder>', `where Roost keeps its data (default: ${DATA_FOLDER} in the project)`)
      .option('--config <file>', 'settings of the server (default: roost.toml in the project, if there)')

  add('blobs:list', 'List what a store holds.')
    .option('-p, --prefix <text>', 'only keys with this prefix')
    .option('-d, --directories', 'keys below a directory are shown as the directory')
    .option('--json', 'as one JSON object on stdout')
    .action(async (store: string, flags: ListFlags) => {
      const { runBlobsList } = await import('../run-blobs.ts')
      await runBlobsList(store, flags)
    })
  add('blobs:get', 'Write a blob to stdout or a file.')
    .argument('<key>', 'key of the blob')
    .option('-O, --output <file>', 'write it to this file')
    .action(async (store: string, key: string, flags: GetFlags) => {
      const { runBlobsGet } = await import('../run-blobs.ts')
      await runBlobsGet(store, key, flags)
    })
  add('blobs:set', 'Store a blob, from the command line, a file or stdin.')
    .argument('<key>', 'key of the blob')
    .argument('[value...]', 'its content; "-" reads stdin')
    .option('-i, --input <file>', 'read the content from this file')
    .addOption(force())
    .action(async (store: string, key: string, value: string[], flags: SetFlags) => {
      const { runBlobsSet } = await import('../run-blobs.ts')
      await runBlobsSet(store, key, value, flags)
    })
  add('blobs:delete', 'Delete a blob.')
    .argument('<key>', 'key of the blob')
    .addOption(force())
    .action(async (store: string, key: string, flags: BlobFlags) => {
      const { runBlobsDelete } = await import('../run-blobs.ts')
      await runBlobsDelete(store, key, flags)
    })
}

/** Roost never asks back, so there is nothing to force: scripts written for `netlify` pass it. */
function force(): Option {
  return new Option('-f, --force', 'accepted for scripts: Roost does not ask')
}
