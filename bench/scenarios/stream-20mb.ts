import { get } from 'node:http'
import type { Scenario } from '../scenario.ts'

const DOWNLOADS = 8

/** One client that reads as fast as it can, one download after the other. */
const scenario: Scenario = {
  title: 'stream of 20 MB',
  async measure(target) {
    const url = target.functionUrl('stream')
    await download(url)
    const start = performance.now()
    let bytes = 0
    for (let i = 0; i < DOWNLOADS; i++) bytes += await download(url)
    return { mbPerSecond: bytes / 1024 ** 2 / ((performance.now() - start) / 1000) }
  },
}
export default scenario

function download(url: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  get(url, { agent: false }, (response) => {
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    response.on('error', reject)
    response.on('end', () => resolve(bytes))
  }).on('error', reject)
  return promise
}
