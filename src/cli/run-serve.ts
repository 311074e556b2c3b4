import { resolve } from 'node:path'
import { isRoostError, RoostErrors } from '../base/errors/index.ts'
import { toShellWord } from '../base/lib/index.ts'
import { createLog, Outlet } from '../base/log/index.ts'
import { describeUnknownVariables, parseSettings, type Settings } from '../base/settings/index.ts'
import { readFunctionEnv, type ServeOptions, type Server, serve } from '../host/index.ts'
import { createJsonRequestLog, createRequestLog } from '../observe/requests/index.ts'
import { toExitCode } from './exit-codes.ts'
import { closeInherited } from './inherited.ts'
import { createPaint, type Paint } from './paint.ts'
import { openTalk } from './print.ts'
import { createPathRewriter } from './project-paths.ts'
import { createJsonReport, createTextReport, type Report } from './report.ts'
import type { ServeFlags } from './serve-flags.ts'
import { pickSettingFlags } from './setting-flags.ts'
import { readSettingsFile } from './settings-file.ts'
import { showPath } from './shown-path.ts'
import { formatCurlLines, formatStart } from './start-screen.ts'

/** Runs `roost serve` until a signal ends it, and sets the exit code. */
export async function runServe(dir: string, flags: ServeFlags): Promise<void> {
  closeInherited()
  const format = flags.json ? 'json' : 'text'
  const talk = openTalk(format)
  const report = flags.json
    ? createJsonReport(createLog({ format, destination: talk }))
    : createTextReport(dir)
  const paint = createPaint(process.stderr)
  const notes: string[] = []
  const addresses: string[] = []
  const onNote: ServeOptions['onNote'] = (text, kind = 'note') => {
    if (flags.json || kind === 'progress') report.note(text)
    else if (kind === 'address') addresses.push(text)
    else if (kind === 'note' || flags.verbose) notes.push(text)
  }
  let server: Server
  try {
    server = await startServer(dir, flags, { report, talk, paint, onNote })
  } catch (error) {
    for (const note of notes) report.note(note)
    report.error(error)
    if (isAboutFunctions(error)) report.note('With --allow-broken the others are served.')
    process.exitCode = toExitCode(error)
    return
  }
  for (const error of server.broken) report.error(error)
  if (!flags.json) {
    const start = formatStart(server, notes, toShellWord(showPath(dir)), paint)
    const curl = flags.verbose ? formatCurlLines(server) : ''
    talk.write(start + curl + addresses.map((address) => `${address}\n`).join(''))
  }
  // Once, and only now: a request would be answered (D20).
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

interface StartParts {
  report: Report
  talk: Outlet
  paint: Paint
  onNote: ServeOptions['onNote']
}

async function startServer(
  dir: string,
  flags: ServeFlags,
  { report, talk, paint, onNote }: StartParts,
): Promise<Server> {
  const file = await readSettingsFile(dir, flags.config)
  const settings = parseSettings({
    flags: { ...pickSettingFlags(flags), ...(flags.quiet && { requestLog: 'off' }) },
    env: process.env,
    ...(file && { file }),
  })
  for (const message of describeUnknownVariables(process.env))
    report.warning({ code: 'SETTING_UNKNOWN', message })
  let showPaths = (line: string): string => line
  const log = createLog({
    format: flags.json ? 'json' : 'text',
    level: settings.logLevel,
    destination: talk,
    rewrite: (line) => showPaths(line),
  })
  const server = await serve({
    dir,
    settings,
    log,
    ...(hasRequestLog(settings, flags) && {
      onAnswered: flags.json ? createJsonRequestLog(log) : createRequestLog(talk, paint),
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
    onNote,
  })
  showPaths = createPathRewriter(server.sources)
  return server
}

/** Whether the start failed only because of functions that could be left out. */
function isAboutFunctions(error: unknown): boolean {
  const errors = error instanceof RoostErrors ? error.errors : isRoostError(error) ? [error] : []
  return errors.length > 0 && errors.every(({ details }) => details.functionName !== undefined)
}

/** On a terminal, and where machines read, unless somebody said otherwise (D55). */
function hasRequestLog({ requestLog, logLevel }: Settings, { json = false }: ServeFlags): boolean {
  if (requestLog !== 'auto') return requestLog === 'on'
  return (json || process.stderr.isTTY) && (logLevel === 'info' || logLevel === 'debug')
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
        note(`Shutting down: waiting for running requests. ${again(signal)} to stop now.`)
        server.close().then(resolve, reject)
      } else if (performance.now() - closingSince > SAME_SIGNAL_MS) {
        note('Stopping now: running requests are cut off.')
        process.exitCode = 1
        server.destroy().then(resolve, reject)
      }
    }
    for (const signal of signals) process.on(signal, onSignal)
  })
  for (const signal of signals) process.removeAllListeners(signal)
}

function again(signal: NodeJS.Signals): string {
  return signal === 'SIGINT' ? 'Press Ctrl-C again' : 'Send the signal again'
}
