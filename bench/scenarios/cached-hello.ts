import { createLoadScenario } from '../load-scenario.ts'

/** A response from the shared cache: no instance has to do with it. */
export default {
  ...createLoadScenario('cached hello', 'cached', { method: 'GET' }),
  targets: ['floor', 'one'],
}
