import type { Figures } from './figures.ts'
import type { LoadRequest, LoadResult } from './load.ts'
import { readTreeCpuMicros, readTreePssMb } from './processes.ts'
import type { Scenario } from './scenario.ts'
import { timeCall } from './time-call.ts'

const WARM_UP_SECONDS = 1

/**
 * One function under load: the first call on its own, then 1 connection, then 32, CPU time over the latter, memory after it.
 * The function must be the scenario's own: another's call would have warmed it.
 */
export function createLoadScenario(
  title: string,
  functionName: string,
  request: Omit<LoadRequest, 'url'>,
): Scenario {
  return {
    title,
    async measure(target, { load: tool, seconds }): Promise<Figures> {
      const whole = { ...request, url: target.functionUrl(functionName) }
      const run = async (connections: number, duration: number): Promise<LoadResult> => {
        const result = await tool.load(whole, connections, duration)
        if (result.errors > 0 || result.requests === 0)
          throw new Error(`${title}, ${target.title}: ${result.errors} errors in ${result.requests} answers`)
        return result
      }
      const coldMs = await timeCall(whole)
      await run(32, WARM_UP_SECONDS)
      const alone = await run(1, seconds)
      const cpuBefore = readTreeCpuMicros(target.pid)
      const busy = await run(32, seconds)
      const cpuMicros = (readTreeCpuMicros(target.pid) - cpuBefore) / busy.requests
      return {
        perSecond: busy.perSecond,
        cpuMicros,
        p50At1: alone.p50Ms,
        p99At1: alone.p99Ms,
        p50At32: busy.p50Ms,
        p99At32: busy.p99Ms,
        coldMs,
        pssMb: readTreePssMb(target.pid),
      }
    },
  }
}
