import { http } from '../../../base/lib/index.ts'

/**
 * Status line and header fields of an answer, without the empty line behind them: framing is added by the caller.
 *
 * @param headers flat pairs.
 * @throws TypeError for what would break the answer in two: the last door before the client (RFC 9112, 11.1).
 */
export function formatHead(status: number, headers: readonly string[]): string {
  let head = statusLine(status)
  let hasDate = false
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!
    const value = headers[i + 1]!
    if (UNSAFE_NAME.test(name)) throw new TypeError(`The header name ${JSON.stringify(name)} is not a token.`)
    if (UNSAFE_VALUE.test(value))
      throw new TypeError(`The header "${name}" has a value with a line break or a control character.`)
    if (name.length === 4 && name.toLowerCase() === 'date') hasDate = true
    head += `${name}: ${value}\r\n`
  }
  return hasDate ? head : `${head}Date: ${httpDate()}\r\n`
}

const UNSAFE_NAME = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]|^$/
const UNSAFE_VALUE = /[^\t\x20-\x7e\x80-\xff]/

const statusLines: string[] = []

function statusLine(status: number): string {
  statusLines[status] ??= `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? 'Unknown'}\r\n`
  return statusLines[status]!
}

let dateSecond = 0
let date = ''

/** It has whole seconds: made once in each. */
function httpDate(): string {
  const nowMs = Date.now()
  const second = Math.floor(nowMs / 1000)
  if (second !== dateSecond) {
    dateSecond = second
    date = new Date(nowMs).toUTCString()
  }
  return date
}
