import console from 'node:console'

/** Into the function's log. Values of user code can refuse to be printed, and so can its own `console.error`. */
export function logError(value: unknown): void {
  try {
    console.error(value)
  } catch {
    // there is nowhere else to say it
  }
}
