import { resolve } from 'node:path'
import { isRoostError, RoostErrors } from '../base/errors/index.ts'
import { createLog, Outlet } from '../base/log/index.ts'
import { parseSettings } from '../base/settings/index.ts'
import { readFunctionEnv, type ServedFunction, type Server, serve } from '../host/index.ts'
import { closeInherited } from './inherited.ts'
import { openTalk } from './print.ts'
import { createJsonReport, createTextReport, type Report } from './report.ts'
import type { ServeFlags } from './serve-flags.ts'
import { readSettingsFile } from './settings-file.ts'

/** Runs `roost serve` until a signal ends it, and sets the exit code. */
export async function runServe(dir: string, flags: ServeFlags): Promise<void> {
  closeInherited()
  const format = flags.json ? 'json' : 'text'
  const talk = openTalk(format)
  const log = createLog({ format, destination: talk })
  const report = flags.json ? createJsonReport(log) : createTextReport(dir)
  let server: Server
  try {
    server = await startServer(dir, flags, report, talk)
  } catch (error) {
    report.error(error)
    if (isAboutFunctions(error)) report.note('With --allow-broken the others are served.')
    process.exitCode = 1
    return
  }
  for (const error of server.broken) report.error(error)
  if (!flags.json) for (const line of formatFunctions(server)) report.note(line)
  // Once, and only now: a request would be answered (decision 20).
  const ready = new Outlet(process.stdout, () => '')
  ready.write(
    flags.json ? `${JSON.stringify({ event: 'ready', url: server.url })}\n` : `Roost ready: ${server.url}\n`,
  )
  await untilSignal(server, report)
  const isSaid = await Promise.all([ready.flush(LAST_WORDS_MS), talk.flush(LAST_WORDS_MS)])
  if (!isSaid.every(Boolean)) process.exit() // what nobody reads would keep the process
}

/** For a reader to take what was said last. */
const LAST_WORDS_MS = 1000

async function startServer(dir: string, flags: ServeFlags, report: Report, talk: Outlet): Promise<Server> {
  const file = await readSettingsFile(dir, flags.config)
  const settings = parseSettings({
    flags: {
      port: flags.port,
      host: flags.host,
      url: flags.url,
      trustedHops: flags.trustedHops,
      showTraces: flags.showTraces,
      logLevel: flags.logLevel,
      sandbox: flags.sandbox,
      front: flags.front,
      adminPort: flags.adminPort,
      geoDb: flags.geoDb,
      identitySecretFile: flags.identitySecretFile,
      identityJwks: flags.identityJwks,
      identityUrl: flags.identityUrl,
      abortOnDisconnect: flags.abortOnDisconnect,
      allowOutsideLinks: flags.allowOutsideLinks,
    },
    env: process.env,
    ...(file && { file }),
  })
  return serve({
    dir,
    settings,
    log: createLog({
      format: flags.json ? 'json' : 'text',
      level: settings.logLevel,
      destination: talk,
    }),
    lostLogLines: () => talk.lost,
    hostEnv: process.env,
    functionEnv: await readFunctionEnv(flags.envFile, flags.env, process.env),
    ...(flags.prebuilt !== undefined && { prebuilt: flags.prebuilt }),
    allowOutsideLinks: settings.allowOutsideLinks,
    ignoreEdgeFunctions: flags.ignoreEdgeFunctions ?? false,
    allowBroken: flags.allowBroken ?? false,
    ...(flags.dir !== undefined && { publishDir: resolve(flags.dir) }),
    ...(flags.data !== undefined && { dataDir: resolve(flags.data) }),
    onWarning: report.warning,
    onNote: report.note,
  })
}

/** Whether the start failed only because of functions that could be left out. */
function isAboutFunctions(error: unknown): boolean {
  const errors = error instanceof RoostErrors ? error.errors : isRoostError(error) ? [error] : []
  return errors.length > 0 && errors.every(({ details }) => details.functionName !== undefined)
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

/** The first SIGTERM, SIGINT or SIGHUP (its terminal was closed) drains, a second one forces. */
async function untilSignal(server: Server, { note }: Report): Promise<void> {
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
  await new Promise<void>((resolve, reject) => {
    let closingSince: number | undefined
    const onSignal = (signal: NodeJS.Signals): void => {
      if (closingSince === undefined) {
        closingSince = performance.now()
        note(`${signal}: finishing what runs, taking nothing new. Once more to end it now.`)
        server.close().then(resolve, reject)
      } else if (performance.now() - closingSince > SAME_SIGNAL_MS) {
        note(`${signal} again: ending everything now.`)
        process.exitCode = 1
        server.destroy().then(resolve, reject)
      }
    }
    for (const signal of signals) process.on(signal, onSignal)
  })
  for (const signal of signals) process.removeAllListeners(signal)
}
