import { fromSystemError, isRoostError, RoostErrors } from '../base/errors/index.ts'
import { formatLoss, type LogFormat, Outlet } from '../base/log/index.ts'
import { formatExcerpt } from './excerpt.ts'
import { findPage } from './pages.ts'

let talk: Outlet | undefined

/** Where this process talks and logs: its stderr. @param format of the first caller counts. */
export function openTalk(format: LogFormat = 'text'): Outlet {
  talk ??= new Outlet(process.stderr, (lines) => formatLoss(format, lines))
  return talk
}

/** Data goes to stdout, talk to stderr. */
export function say(text: string): void {
  openTalk().write(`${text}\n`)
}

/** Messages name pages as the repository does. */
const PAGE = /\bdocs\/[\w/-]+\.md\b/g

/** A failure as a person reads it: what happened, then what to do; a failure of our own with its stack. */
export function printError(thrown: unknown): void {
  const error = fromSystemError(thrown) ?? thrown
  if (error instanceof RoostErrors) for (const each of error.errors) printError(each)
  else if (isRoostError(error)) {
    say(`error ${error.code}: ${error.message}`)
    const excerpt = formatExcerpt(error.details)
    if (excerpt !== undefined) say(excerpt)
    if (error.hint !== undefined) say(`  ${error.hint.replace(PAGE, findPage)}`)
  } else
    say(
      `Roost failed. This is a bug; please report it.\n${error instanceof Error ? error.stack : String(error)}`,
    )
}
