import { inspect } from 'node:util'

/** What a check works with: the same in both programs, made of the platform's classes in one and of ours in the other. */
export interface Scene {
  /** A request as a handler gets it. */
  request(init?: SceneRequest): Request
  /** What leaves the process for a response that a handler returned. */
  send(response: Response): Promise<unknown>
  /** An HTTP server that answers with what it was asked; `/status/N` with that status, `/redirect` with a 302. */
  origin: string
}

export interface SceneRequest {
  method?: string
  url?: string
  /** `name: value\r\n` per header, names lower-case. */
  headers?: string
  body?: string | Uint8Array
  signal?: AbortSignal
}

/** `table | row` or just a name, and what is done. What it returns, throws or rejects with must be the same for both. */
export type Check = [name: string, run: (scene: Scene) => unknown]

/** One check per value, named after it. */
export function each<T>(
  name: string,
  values: readonly T[],
  run: (value: T, scene: Scene) => unknown,
): Check[] {
  return values.map((value, i) => [`${name} | ${i}: ${label(value)}`, (scene) => run(value, scene)])
}

function label(value: unknown): string {
  if (typeof value === 'function' && value.name === '')
    return String(value).replace(/\s+/g, ' ').slice(0, 100)
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY, maxStringLength: 60 }).slice(0, 100)
}

/** Runs `action` and returns its outcome as a value, so that a check can go on after a failure. */
export async function outcome(action: () => unknown): Promise<unknown> {
  try {
    return await action()
  } catch (error) {
    return { failed: error }
  }
}

/** Whether `get` returns the same object each time. */
export function isOne(get: () => unknown): boolean {
  const first = get()
  return first === get()
}
