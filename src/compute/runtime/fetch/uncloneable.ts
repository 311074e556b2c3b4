import * as workerThreads from 'node:worker_threads'
import { real } from './real.ts'

/**
 * Makes `structuredClone` and `postMessage` refuse a light object where they refuse the platform's: since Node 22.10,
 * which is also where the function for it came. Before, both give `{}`.
 */
export let markUncloneable: (value: object) => void = () => undefined

export function followPlatformCloning(): void {
  try {
    structuredClone(new real.Response())
  } catch {
    // refused: so must ours be
    markUncloneable = workerThreads.markAsUncloneable
  }
}
