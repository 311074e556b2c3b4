import { createLoadScenario } from '../load-scenario.ts'

export default createLoadScenario('hello GET', 'hello', { method: 'GET' })
