import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { parse } from 'smol-toml'
import { RoostError } from '../base/errors/index.ts'
import { createLog } from '../base/log/index.ts'
import { parseSettings, type SettingSources } from '../base/settings/index.ts'
import type { BuildWarning } from '../build/index.ts'
import { readFunctionEnv, type ServedFunction, type Server, serve } from '../host/index.ts'
import { printError } from './print.ts'
import type { ServeFlags } from './serve-flags.ts'

/** Runs `roost serve` until a signal ends it. @throws what `serve` throws, before the ready line. */
export async function runServe(
  dir: string,
  flags: ServeFlags,
  { say }: { say(text: string): void },
): Promise<void> {
  const file = await readSettingsFile(dir, flags.config)
  const settings = parseSettings({
    flags: {
      port: flags.port,
      host: flags.host,
      url: flags.url,
      trustedHops: flags.trustedHops,
      showTraces: flags.showTraces,
      logLevel: flags.logLevel,
      adminPort: flags.adminPort,
      sandbox: flags.sandbox,
    },
    env: process.env,
    ...(file && { file }),
  })
  const log = createLog({
    format: flags.json ? 'json' : 'text',
    level: settings.logLevel,
    destination: process.stderr,
  })
  const server = await serve({
    dir,
    settings,
    log,
    functionEnv: await readFunctionEnv(flags.envFile, flags.env, process.env),
    prebuilt: flags.prebuilt ?? false,
    allowBroken: flags.allowBroken ?? false,
    ...(flags.dir !== undefined && { publishDir: resolve(flags.dir) }),
    ...(flags.data !== undefined && { dataDir: resolve(flags.data) }),
    onWarning: (warning) => say(formatWarning(warning, dir)),
    onNote: (text) => say(text),
  })
  for (const error of server.broken) printError(error)
  if (!flags.json) for (const line of formatFunctions(server)) say(line)
  // Once, and only now: a request would be answered (decision 20).
  process.stdout.write(
    flags.json ? `${JSON.stringify({ event: 'ready', url: server.url })}\n` : `Roost ready: ${server.url}\n`,
  )
  await untilSignal(server, say)
}

async function readSettingsFile(dir: string, given: string | undefined): Promise<SettingSources['file']> {
  const path = given === undefined ? join(dir, 'roost.toml') : resolve(given)
  if (given === undefined && !existsSync(path)) return undefined
  try {
    return { path, values: parse(await readFile(path, 'utf8')) }
  } catch (cause) {
    throw new RoostError('SETTING_INVALID', `${path}: ${(cause as Error).message}`, {
      hint: 'The settings file is TOML: docs/reference/limits.md has its keys.',
      cause,
    })
  }
}

function formatWarning(warning: BuildWarning, dir: string): string {
  const at =
    warning.file === undefined
      ? ''
      : `${relative(dir, warning.file) || warning.file}${warning.line ? `:${warning.line}` : ''}: `
  return `warning ${warning.code}: ${at}${warning.message}`
}

/** Each function with its URLs, and a line to try. */
function formatFunctions({ functions, url }: Server): string[] {
  if (functions.length === 0) return ['This project has no functions.']
  return functions.flatMap((fn) => [
    `  ${fn.name}${fn.note === undefined ? '' : `  (${fn.note})`}`,
    ...fn.paths.map((path) => `    ${formatCurl(fn, url, path)}`),
  ])
}

function formatCurl(fn: ServedFunction, url: string, path: string): string {
  const method = fn.method === 'GET' ? '' : `-X ${fn.method} `
  const flags = fn.isStreaming ? '-N ' : ''
  return `curl ${flags}${method}${quote(`${url}${path}`)}`
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text}'`
}

/**
 * One signal may reach us twice at once: from the terminal or the service manager, which signal the whole group, and
 * from the older Node that started us and passes it on (bin/roost.js).
 */
const SAME_SIGNAL_MS = 500

/** The first SIGTERM or SIGINT drains, a second one forces. */
async function untilSignal(server: Server, say: (text: string) => void): Promise<void> {
  const signals = ['SIGTERM', 'SIGINT'] as const
  await new Promise<void>((resolve, reject) => {
    let closingSince: number | undefined
    const onSignal = (signal: NodeJS.Signals): void => {
      if (closingSince === undefined) {
        closingSince = performance.now()
        say(`${signal}: finishing what runs, taking nothing new. Once more to end it now.`)
        server.close().then(resolve, reject)
      } else if (performance.now() - closingSince > SAME_SIGNAL_MS) {
        say(`${signal} again: ending everything now.`)
        process.exitCode = 1
        server.destroy().then(resolve, reject)
      }
    }
    for (const signal of signals) process.on(signal, onSignal)
  })
  for (const signal of signals) process.removeAllListeners(signal)
}
