/** The arrows of a state machine: from each state, the states that may follow it. The machine's drawing says when they do. */
export type Arrows<State extends string> = { readonly [From in State]: readonly State[] }

/**
 * Guards a change of state: `this.#state = follow(ARROWS, this.#state, 'over')`. A change that is not drawn is a mistake of
 * ours, never the doing of a client or of user code.
 *
 * @throws Error in tests. A host that serves goes on, as it would without the table, and says so once: most changes happen
 * in callbacks, where an error would end it and every site with it.
 */
export function follow<State extends string>(arrows: Arrows<State>, from: State, to: State): State {
  if (!arrows[from].includes(to)) complain(`no arrow leads from "${from}" to "${to}"`)
  return to
}

/** Vitest sets it, also for the hosts that tests start. */
const isTested = process.env.VITEST !== undefined
const said = new Set<string>()

function complain(problem: string): void {
  if (isTested) throw new Error(problem)
  if (said.has(problem)) return
  said.add(problem)
  process.emitWarning(new Error(`A mistake in Roost: ${problem}. Please report it.`))
}
