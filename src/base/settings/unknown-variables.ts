import { findClosest } from '../lib/index.ts'
import { LIMITS } from './limits.ts'
import { toVariable } from './names.ts'
import { SETTINGS } from './table.ts'

const PREFIX = toVariable('')
const KNOWN = Object.keys({ ...SETTINGS, ...LIMITS }).map(toVariable)

/** A sentence for each variable that looks like a setting but is not one: a slip in its name would go unnoticed. */
export function describeUnknownVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !KNOWN.includes(name))
    .map((name) => `${name} is not a setting of Roost, and was ignored.${suggestVariable(name)}`)
}

/** Compares what follows the prefix: it would make all short names alike. */
function suggestVariable(name: string): string {
  const endings = KNOWN.map((known) => known.slice(PREFIX.length))
  const closest = findClosest(name.slice(PREFIX.length), endings)
  return closest === undefined ? '' : ` Did you mean ${PREFIX}${closest}?`
}
