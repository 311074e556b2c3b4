import process from 'node:process'

/**
 * Globals that the runtime needs while user code runs, kept from before: user code replaces them for reasons of its
 * own (fake timers, polyfills). Where `node:` modules have the same thing, it is imported from there.
 */
export const {
  setImmediate: defer,
  setTimeout: startTimer,
  clearTimeout: stopTimer,
  performance: clock,
  Promise: OwnPromise,
} = globalThis

export const exit: typeof process.exit = process.exit.bind(process)
