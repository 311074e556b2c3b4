/** The arrows of a state machine: from each state, the states that may follow it. The machine's drawing says when they do. */
export type Arrows<State extends string> = { readonly [From in State]: readonly State[] }

/**
 * Guards a change of state: `this.#state = follow(ARROWS, this.#state, 'over')`.
 * @throws Error for a change that is not drawn: a mistake of ours, never the doing of a client or of user code.
 */
export function follow<State extends string>(arrows: Arrows<State>, from: State, to: State): State {
  if (!arrows[from].includes(to)) throw new Error(`no arrow leads from "${from}" to "${to}"`)
  return to
}
