import { inspect } from 'node:util'
import type { Overrides } from './patch.ts'
import type { Members } from './real.ts'

/**
 * How the platform prints requests and responses: since Node 20 out of their public members, so also light ones.
 * To be passed to `patchPrototype`, which would have it print the object behind.
 */
export function createPrintingMember<T extends object>(members: Members<T>): Overrides<T> {
  return {
    [inspect.custom](this: T, ...args: unknown[]) {
      return members.call(inspect.custom as keyof T, this, args)
    },
  } as unknown as Overrides<T>
}

/** Node 18 prints their insides instead: for a light object those of the one behind it, for others as ever. */
export function patchPrinting<T extends object>(prototype: T, unwrap: (self: T) => T): void {
  if (Object.hasOwn(prototype, inspect.custom)) return
  Object.defineProperty(prototype, inspect.custom, {
    configurable: true,
    get(this: T) {
      const inner = this === prototype ? this : unwrap(this)
      return inner === this ? undefined : () => inner
    },
  })
}
