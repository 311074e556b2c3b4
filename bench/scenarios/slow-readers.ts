import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { findInstances, readPrivateMb } from '../processes.ts'
import type { Scenario } from '../scenario.ts'
import type { Target } from '../targets.ts'

const READERS = 20
const SECONDS = 10
/** The readers' speed: 20 MB take about 50 seconds. */
const BYTES_PER_SECOND = (20 * 1024 * 1024) / 50

/** What twenty clients that read slowly make the gateway and the instances hold, above what they hold idle. */
const scenario: Scenario = {
  title: '20 slow readers of 20 MB',
  targets: ['many'],
  async measure(target) {
    const first = await openReader(target)
    await sleep(500)
    first.destroy()
    await sleep(2000)
    const gatewayBefore = readPrivateMb(target.pid)
    const instancesBefore = Math.min(...findInstances(target.pid).map(readPrivateMb))
    const readers = await Promise.all(Array.from({ length: READERS }, () => openReader(target)))
    let gateway = 0
    let instance = 0
    for (let i = 0; i < SECONDS; i++) {
      await sleep(1000)
      gateway = Math.max(gateway, readPrivateMb(target.pid))
      instance = Math.max(instance, ...findInstances(target.pid).map(readPrivateMb))
    }
    for (const reader of readers) reader.destroy()
    return { gatewayGrowthMb: gateway - gatewayBefore, instanceGrowthMb: instance - instancesBefore }
  },
}
export default scenario

/** Reads a little, ten times a second. */
function openReader(target: Target): Promise<Socket> {
  const { hostname, port, pathname } = new URL(target.functionUrl('stream'))
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = connect({ host: hostname, port: Number(port) }, () => {
    socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`)
    socket.pause()
    const timer = setInterval(() => socket.read(Math.floor(BYTES_PER_SECOND / 10)), 100)
    socket.on('close', () => clearInterval(timer))
    resolve(socket)
  })
  socket.on('error', reject)
  return promise
}
