import { createLoadScenario } from '../load-scenario.ts'

/** A rule that leads to a function, which answers 32 at a time. */
export default {
  ...createLoadScenario('rewrite to hello', 'alias', { method: 'GET' }),
  targets: ['floor', 'site'] as const,
}
