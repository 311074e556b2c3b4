import { createLoadScenario } from '../load-scenario.ts'

export default {
  ...createLoadScenario('static file of 1 MB', 'large.bin', { method: 'GET' }),
  targets: ['floor', 'site'] as const,
}
