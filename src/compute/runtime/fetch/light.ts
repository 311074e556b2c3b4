/**
 * How a light object is made: it has the platform's prototype and no properties, and its state hangs on it as a
 * private field of a class that it is not an instance of (a constructor that returns an object gives its fields to
 * that object). Nobody can see the field, asking for it costs nanoseconds, and there is nothing to inherit.
 *
 *     class LightThing extends Hang { readonly #state; constructor(state) { super(new Thing()); this.#state = state } }
 */
export const Hang = returnObject as unknown as new (object: object) => object

function returnObject(object: object): object {
  return object
}

/**
 * Up to Node 22 the platform hangs the state of requests and responses (in Node 18 of headers, too) on symbols, which
 * a proxy of a request and an object derived from one pass on: user code may rely on it. There light objects carry
 * theirs under a symbol as well. Undefined: the platform's class keeps its state to itself; set by `followPlatformState`.
 */
export const openState: Record<'request' | 'response' | 'headers', symbol | undefined> = {
  request: undefined,
  response: undefined,
  headers: undefined,
}

export function followPlatformState(objects: Record<keyof typeof openState, object>): void {
  for (const name of ['request', 'response', 'headers'] as const)
    if (Object.getOwnPropertySymbols(objects[name]).length > 0) openState[name] = Symbol(name)
}
