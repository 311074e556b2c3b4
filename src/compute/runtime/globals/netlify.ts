import process from 'node:process'
import { currentRequest } from '../scope.ts'
import type { Context } from './context-type.ts'

export interface NetlifyGlobal {
  readonly context: Context | null
  readonly env: {
    get(name: string): string | undefined
    set(name: string, value: string): void
    delete(name: string): void
    has(name: string): boolean
    toObject(): Record<string, string>
  }
}

/** The `Netlify` global (runtime.md §4). The environment is the process's own: changes outlive the invocation. */
export function installNetlify(): void {
  const netlify: NetlifyGlobal = {
    get context() {
      return currentRequest()?.context ?? null
    },
    env: {
      get: (name) => process.env[name],
      set(name, value) {
        process.env[name] = value
      },
      delete(name) {
        delete process.env[name]
      },
      has: (name) => Boolean(process.env[name]), // as on Netlify, an empty value counts as none
      toObject: () => ({ ...process.env }) as Record<string, string>,
    },
  }
  Object.defineProperty(globalThis, 'Netlify', {
    value: netlify,
    configurable: true,
    enumerable: true,
    writable: true,
  })
}
