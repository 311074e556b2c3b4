/**
 * `URLPattern` where the engine has none (Node below 23.8): the polyfill is a part of this program that is only read
 * when somebody asks for the global (runtime.md §4).
 */
export function installUrlPattern(): void {
  if ('URLPattern' in globalThis) return
  const define = (value: unknown): void => {
    Object.defineProperty(globalThis, 'URLPattern', {
      value,
      configurable: true,
      enumerable: false,
      writable: true,
    })
  }
  Object.defineProperty(globalThis, 'URLPattern', {
    configurable: true,
    enumerable: false,
    get() {
      // `require`, since a getter cannot wait; the bundler puts the file in and evaluates it here.
      const { URLPattern } = require('urlpattern-polyfill/urlpattern') as { URLPattern: unknown }
      define(URLPattern)
      return URLPattern
    },
    set: define,
  })
}
