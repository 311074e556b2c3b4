/**
 * Lets those who wait go on one after the other, each in a turn of the event loop of its own. Bodies of many connections
 * can be whole in one turn, and what their handlers do next would be one pause for everybody else.
 */
export class Turns {
  readonly #waiting: (() => void)[] = []

  next(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.push(resolve) === 1) setImmediate(this.#run)
    })
  }

  readonly #run = (): void => {
    this.#waiting.shift()!()
    if (this.#waiting.length > 0) setImmediate(this.#run)
  }
}
