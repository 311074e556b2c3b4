import { RoostError } from '../base/errors/index.ts'
import { EXIT } from './exit-codes.ts'
import { printError } from './print.ts'

let hasPrinted = false
let failure: NodeJS.ErrnoException | undefined

/** Writes what a command was run for to stdout. Whether it got there, `checkOutput` says. */
export function print(text: string): void {
  hasPrinted = true
  process.stdout.write(text, (error) => {
    if (error && !isUnread(error)) failure ??= error
  })
}

/** Streams that break tell whoever writes; nobody else is to end because of it. Called before anything is written. */
export function survivesBrokenOutput(): void {
  process.stdout.on('error', () => undefined)
}

/** Waits until all has been printed. What could not be stored is a failure: a script would go on with a part of the data. */
export async function checkOutput(): Promise<void> {
  if (hasPrinted) await new Promise((resolve) => process.stdout.write('', resolve))
  if (failure === undefined) return
  printError(toOutputError(failure))
  process.exitCode = EXIT.failed
}

/** Nobody reads any more because `head` has seen enough: that is not a failure. */
export function isUnread(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EPIPE'
}

export function toOutputError(cause: NodeJS.ErrnoException): RoostError {
  const message = `The output could not be written: ${cause.message.replace(/^\w+: /, '')}.`
  return new RoostError('OUTPUT_REFUSED', message, {
    hint: 'Free space on that disk, or send the output elsewhere.',
    cause,
  })
}
