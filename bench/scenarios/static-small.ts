import { createLoadScenario } from '../load-scenario.ts'

export default {
  ...createLoadScenario('static file of 1 KB', 'small.html', { method: 'GET' }),
  targets: ['floor', 'site'] as const,
}
