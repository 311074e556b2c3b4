import { createLoadScenario } from '../load-scenario.ts'

/** A rule of the site: no instance has to do with it. */
export default {
  ...createLoadScenario('redirect 301', 'old/page', { method: 'GET' }),
  targets: ['floor', 'site'] as const,
}
