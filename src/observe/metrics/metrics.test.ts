import { expect, it } from 'vitest'
import { createMetrics } from './metrics.ts'

const READINGS = {
  ...{ instances: 0, busy: 0, starting: 0, waiting: 0, blanks: 0, connections: 0 },
  lostLogLines: 0,
}

it('counts requests by what was sent, and those to which nothing was', async () => {
  const metrics = createMetrics(() => READINGS)
  for (const status of [200, undefined])
    metrics.onRequest({ functionName: 'a', status, outcome: 'disconnected', durationMs: 1 })
  const text = await metrics.scrape()
  for (const status of ['200', 'none'])
    expect(text).toContain(`roost_requests_total{function="a",status="${status}",outcome="disconnected"} 1\n`)
})
