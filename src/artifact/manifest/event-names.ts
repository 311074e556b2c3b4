import type { ManifestFunction } from './manifest.ts'

const EVENT_NAMES = new Set([
  'deploy-building',
  'deploy-succeeded',
  'deploy-failed',
  'deploy-deleted',
  'deploy-locked',
  'deploy-unlocked',
  'submission-created',
  'split-test-activated',
  'split-test-deactivated',
  'split-test-modified',
  'identity-validate',
  'identity-signup',
  'identity-login',
])

/**
 * A function called like an event is run by that event, in any case and with `-background` (build.md §2.6,
 * runtime.md §9.5): nobody calls it by its URL.
 */
export function isEventName(functionName: string): boolean {
  return EVENT_NAMES.has(functionName.toLowerCase().replace('-background', ''))
}

/**
 * The functions that an event runs: those whose handlers subscribe to it, and the one that is called like it, or else that
 * name with `-background` (runtime.md §9.1, §9.5, §9.6).
 */
export function findSubscribers<Fn extends Pick<ManifestFunction, 'name' | 'eventSubscriptions'>>(
  functions: readonly Fn[],
  eventName: 'submission-created',
): Fn[] {
  const find = (name: string): Fn | undefined => functions.find((fn) => fn.name.toLowerCase() === name)
  const named = find(eventName) ?? find(`${eventName}-background`)
  const slug = eventName.replaceAll('-', '_')
  return functions.filter((fn) => fn === named || fn.eventSubscriptions?.includes(slug))
}
