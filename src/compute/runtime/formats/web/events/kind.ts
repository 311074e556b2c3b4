/** One kind of platform event: how its delivery becomes the handler's argument, and the result the answer. */
export interface EventKind {
  /** The property of the default export that handles it. */
  handlerName: string
  /**
   * @returns the handler's argument, and what becomes of the handler's result.
   * @throws InvalidPayload
   */
  read(body: unknown): { argument: unknown; answer(result: unknown): EventAnswer }
}

export interface EventAnswer {
  status: number
  /** Sent as JSON; undefined for an empty body. */
  json?: unknown
}
