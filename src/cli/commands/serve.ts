import { resolve } from 'node:path'
import type { Command } from 'commander'
import { readPrebuiltFlag } from '../prebuilt-flag.ts'
import type { ServeFlags } from '../serve-flags.ts'

type CommandFlags = Omit<ServeFlags, 'prebuilt'> & { prebuilt?: true | string }

/** `roost serve [DIR]`: builds a project and serves it in production mode. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description('Build a project and serve it for production on this machine.')
    .argument('[dir]', 'the project: the folder with netlify.toml or netlify/functions (default: ".")')
    .option(
      '-p, --port <number>',
      'port to listen on; one in use is an error (default: 8888 or the next free one)',
    )
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('-d, --dir <folder>', 'static files to serve (default: [build] publish)')
    .option(
      '--prebuilt [build]',
      'serve a build as it is: roost (what "roost build" has written), netlify (what Netlify\'s tools have), or the newer one',
    )
    .option('--ignore-edge-functions', 'start a project with edge functions or middleware, without them')
    .option('--allow-broken', 'leave out functions that do not build and serve the rest')
    .option(
      '--env-file <file>',
      'variables for functions, NAME=value lines; repeat it, later files win',
      collect,
      [],
    )
    .option(
      '--env <name[=value]>',
      "one variable; NAME alone passes this shell's. Values given here show in the process list: use --env-file for secrets",
      collect,
      [],
    )
    .option('--data <folder>', 'where Roost keeps its data (default: .netlify/roost/data in the project)')
    .option('--sandbox <profile>', 'auto, bubblewrap, process or require (default: auto)')
    .option('--config <file>', 'settings of this server (default: roost.toml in the project, if there)')
    .option('--url <origin>', 'public URL of the site, when it is behind a proxy')
    .option('--trusted-hops <number>', 'proxies in front whose x-forwarded headers are believed (default: 0)')
    .option('--show-traces', 'answer errors with stack traces')
    .option('--log-level <level>', 'debug, info, warn or error (default: info)')
    .option('--front <reader>', "what reads requests: lean or node, Node's own (default: lean)")
    .option('--admin-port <number>', 'numbers for Prometheus on 127.0.0.1, behind a token (default: off)')
    .option('--geo-db <file>', "a database in MaxMind's format, for context.geo (default: no places)")
    .option('--identity-secret-file <file>', 'the secret that Identity signs tokens with (HS256)')
    .option('--identity-jwks <file|url>', 'the public keys that Identity signs tokens with (RS256, ES256)')
    .option('--identity-url <url>', 'where Identity answers (default: /.netlify/identity of the site)')
    .option('--abort-on-disconnect', 'abort request.signal when the client goes away; Netlify never does')
    .option('--allow-outside-links', 'take what links of the project lead to outside its repository')
    .option('--quiet', 'do not log each request')
    .option('--verbose', 'say more at start: the sandbox in detail, a curl line for each function')
    .option('--json', 'log, requests and ready line as JSON')
    .action(async (given: string | undefined, { prebuilt: value, ...flags }: CommandFlags) => {
      const { dir, prebuilt } = readPrebuiltFlag(value, given)
      const { runServe } = await import('../run-serve.ts')
      await runServe(resolve(dir), { ...flags, ...(prebuilt && { prebuilt }) })
    })
}

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value]
}
