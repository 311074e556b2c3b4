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
