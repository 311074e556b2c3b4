import { request } from 'node:http'
import type { Scenario } from '../scenario.ts'
import { timeCall } from '../time-call.ts'

const SECONDS = 4
const NOISY_CLIENTS = 16
const NOISE = ['cpu', 'memory', 'log', 'fork']

/** Calls of a quiet function, a few a second, alone and beside one that takes processor, memory and log, and forks. */
const scenario: Scenario = {
  title: 'beside a noisy function',
  targets: ['neighbours'],
  async measure(target) {
    const url = target.functionUrl('quiet')
    await timeCall({ url, method: 'GET' })
    const quietP99 = await measureP99(url)
    let isOver = false
    const noise = Array.from({ length: NOISY_CLIENTS }, async (_, i) => {
      const how = NOISE[i % NOISE.length]
      while (!isOver) await call(`${target.functionUrl('noisy')}?how=${how}`)
    })
    const besideP99 = await measureP99(url)
    isOver = true
    await Promise.all(noise)
    return { quietP99, besideP99 }
  },
}
export default scenario

async function measureP99(url: string): Promise<number> {
  const times: number[] = []
  const end = performance.now() + SECONDS * 1000
  while (performance.now() < end) times.push(await timeCall({ url, method: 'GET' }))
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]!
}

/** Whatever it answers: a noisy function may be refused or ended. */
function call(url: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const sent = request(url, { agent: false }, (response) => {
    response.resume()
    response.on('close', () => resolve())
  })
  sent.on('error', () => resolve())
  sent.end()
  return promise
}
