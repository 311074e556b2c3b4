import type { Random } from '../helpers/random.ts'
import type { Stage } from './stage.ts'

/**
 * One way to harm the host or its other functions. It takes a few seconds, whatever comes of it, and leaves nothing of
 * its own behind in this process: sockets are destroyed when `signal` aborts.
 */
export interface Attack {
  name: string
  /** What the host must have for it: without, docs/security.md promises nothing. */
  needs?: (stage: Stage) => boolean
  run(stage: Stage, options: { signal: AbortSignal; random: Random }): Promise<unknown>
}

/** What code inside a function finds (test/fixtures/attack). */
export interface Inside {
  require: NodeJS.Require
  services: { edgeURL: string; token: string; siteID: string }
}

const VILLAINS = ['villain-a', 'villain-b', 'villain-c'] as const

/**
 * Has a function run `attack` inside its instance. The function travels as its own text: it sees its arguments and
 * nothing of the file it stands in.
 */
export async function inside<Args>(
  { roost }: Stage,
  { signal, random }: { signal: AbortSignal; random: Random },
  attack: (tools: Inside, args: Args) => unknown,
  args: Args,
): Promise<void> {
  const url = `${roost.url}/.netlify/functions/${random.pick(VILLAINS)}`
  const body = JSON.stringify({ code: attack.toString(), args })
  // Whatever it answers: a villain that is ended is one that was dealt with.
  const response = await fetch(url, { method: 'POST', body, signal }).catch(() => undefined)
  await response?.arrayBuffer().catch(() => undefined)
}
