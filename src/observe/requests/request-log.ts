import { type Log, type LogDestination, showOnOneLine } from '../../base/log/index.ts'

/** A request whose response is over. */
export interface AnsweredRequest {
  requestId: string
  method: string
  /** Without its query, which may hold secrets. */
  path: string
  /** Undefined: the client went away before anything was sent. */
  status: number | undefined
  /** From the request's head to the last byte of the response. */
  durationMs: number
  functionName?: string | undefined
  /** The function's instance was new. */
  isCold?: boolean | undefined
  /** Why it was answered so: an error code, or what a path was compared with. */
  note?: string | undefined
}

export type Paint = (style: 'red' | 'yellow' | 'green' | 'cyan' | 'dim' | 'bold', text: string) => string

/**
 * The request log for a terminal (D55): one line for each request.
 *
 *   12:04:05.123 GET /travel-guide/Lisbon/Portugal 200 12 ms travel-guide cold
 *
 * @param destination the one of the log, so that the lines of user code keep their place among these.
 */
export function createRequestLog(
  destination: LogDestination,
  paint: Paint,
): (request: AnsweredRequest) => void {
  return (request) => void destination.write(formatRequest(request, paint))
}

/** The same as objects of the log, for machines. */
export function createJsonRequestLog(log: Log): (request: AnsweredRequest) => void {
  return ({ durationMs, ...request }) =>
    log.info({ event: 'request', ...request, durationMs: Math.round(durationMs * 10) / 10 })
}

/** Longer paths are cut, so that a line can be read at a glance. */
const MAX_LENGTH = 200

export function formatRequest(request: AnsweredRequest, paint: Paint, now = new Date()): string {
  const { method, path, status, durationMs, functionName = '', isCold = false, note } = request
  const time = paint('dim', now.toISOString().slice(11, 23))
  const words = [method, show(path), status === undefined ? '-' : paint(chooseStyle(status), String(status))]
  words.push(`${durationMs < 10 ? durationMs.toFixed(1) : Math.round(durationMs)} ms`)
  if (functionName !== '') words.push(show(functionName))
  if (isCold) words.push(paint('cyan', 'cold'))
  if (note !== undefined) words.push(`(${show(note)})`)
  return `${time} ${words.join(' ')}\n`
}

/** Clients choose paths: they neither steer the terminal nor fill it. */
function show(text: string): string {
  return showOnOneLine(text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text)
}

function chooseStyle(status: number): 'red' | 'yellow' | 'green' | 'cyan' {
  if (status >= 500) return 'red'
  if (status >= 400) return 'yellow'
  return status >= 300 ? 'cyan' : 'green'
}
