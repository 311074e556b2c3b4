export interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(reason: unknown): void
}

/** `Promise.withResolvers` with a name of its own, for fields that outlive the function that made them. */
export function createDeferred<T>(): Deferred<T> {
  return Promise.withResolvers<T>()
}
