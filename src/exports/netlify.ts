import type { NetlifyGlobal } from './context.ts'

/**
 * The global `Netlify` with its type, for code that does not want a global of that name declared. It is there inside
 * functions only: elsewhere using it is a TypeError.
 */
export const Netlify: NetlifyGlobal = {
  get context() {
    return readGlobal().context
  },
  get env() {
    return readGlobal().env
  },
}

function readGlobal(): NetlifyGlobal {
  const found = (globalThis as { Netlify?: NetlifyGlobal }).Netlify
  if (found === undefined) throw new TypeError('`Netlify` is available inside functions only')
  return found
}
