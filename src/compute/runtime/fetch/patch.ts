/**
 * Puts our members over those of a real prototype, in place: same keys, same order, same flags, same names and
 * lengths. A member without one of ours is wrapped, so that it works on the real object behind a light one; members
 * that a later Node adds are covered by that.
 *
 * @param ours accessors and methods; called with anything for `this`, as the originals are.
 * @param resolve the object that an original member works on: the real one behind a light `self`, otherwise `self`.
 */
export function patchPrototype<T extends object>(
  prototype: T,
  resolve: (self: T) => T,
  ours: Overrides<T>[],
): void {
  const descriptors = Object.getOwnPropertyDescriptors(prototype) as Record<PropertyKey, PropertyDescriptor>
  for (const key of Reflect.ownKeys(prototype)) {
    const original = descriptors[key]!
    if (key === 'constructor' || !original.configurable) continue
    const own = findDescriptor(ours, key)
    if (original.get !== undefined) {
      const get = own?.get ?? forwardGet(original.get, resolve)
      Object.defineProperty(prototype, key, { ...original, get: dress(get, original.get) })
    } else if (typeof original.value === 'function') {
      const value = own?.value ?? forwardCall(original.value, resolve)
      Object.defineProperty(prototype, key, { ...original, value: dress(value, original.value) })
    }
  }
}

export type Overrides<T> = Partial<T> & ThisType<T>

type Member = (...args: unknown[]) => unknown

function forwardGet<T>(original: () => unknown, resolve: (self: T) => T): () => unknown {
  return function (this: T) {
    return Reflect.apply(original, resolve(this), [])
  }
}

function forwardCall<T>(original: Member, resolve: (self: T) => T): Member {
  return function (this: T, ...args) {
    return Reflect.apply(original, resolve(this), args)
  }
}

function findDescriptor(objects: object[], key: PropertyKey): PropertyDescriptor | undefined {
  const object = objects.find((candidate) => Object.hasOwn(candidate, key))
  return object && Object.getOwnPropertyDescriptor(object, key)
}

/** Gives `member` the name and the length that reflection finds on `original`. */
function dress<F extends object>(member: F, original: { name: string; length: number }): F {
  Object.defineProperty(member, 'name', { value: original.name, configurable: true })
  Object.defineProperty(member, 'length', { value: original.length, configurable: true })
  return member
}
