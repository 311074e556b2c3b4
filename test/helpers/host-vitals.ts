import { readdirSync } from 'node:fs'
import { isRunning, readProc, readProcessTree } from './process-tree.ts'
import type { Roost } from './roost.ts'

/** What a host holds on to. */
export interface Vitals {
  /** After a full collection, so that they can be compared; in MB. */
  heapMb: number
  buffersMb: number
  /** Resident memory as the system counts it, in MB. */
  residentMb: number
  /** Listeners of the process object and of signals. */
  listeners: number
  /** Sockets, pipes, timers, processes that the event loop waits for. */
  resources: number
  descriptors: number
  processes: number
  zombies: number
}

/** Flags of Node with which a host's vitals can be read. */
export const INSPECTED = ['--inspect=127.0.0.1:0']

/** Reads them through the host's inspector, which is attached for the moment only. */
export async function readVitals(roost: Roost): Promise<Vitals> {
  const inside = await collectAndEvaluate(roost)
  const tree = readProcessTree(roost.pid)
  return {
    ...inside,
    descriptors: readdirSync(`/proc/${roost.pid}/fd`).length,
    processes: tree.filter(isRunning).length,
    zombies: tree.filter((row) => row.fields[0] === 'Z').length,
    residentMb: (Number(readProc(`${roost.pid}/statm`).split(' ')[1]) * 4096) / MIB,
  }
}

const MIB = 1024 * 1024

/** Runs inside the host. */
const LOOK = `(() => {
  const { heapUsed, external } = process.memoryUsage()
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
  return JSON.stringify({ heapUsed, external, listeners, resources: process.getActiveResourcesInfo().length })
})()`

async function collectAndEvaluate(
  roost: Roost,
): Promise<Pick<Vitals, 'heapMb' | 'buffersMb' | 'listeners' | 'resources'>> {
  const address = /Debugger listening on (ws:\S+)/.exec(roost.stderr.text)?.[1]
  if (address === undefined) throw new Error('the host was not started with INSPECTED')
  const socket = new WebSocket(address)
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve()
    socket.onerror = () => reject(new Error(`no inspector at ${address}`))
  })
  let lastId = 0
  const send = (method: string, params = {}): Promise<{ result?: { value?: string } }> =>
    new Promise((resolve) => {
      const id = ++lastId
      socket.addEventListener('message', ({ data }) => {
        const message = JSON.parse(String(data)) as { id?: number; result: { result?: { value?: string } } }
        if (message.id === id) resolve(message.result)
      })
      socket.send(JSON.stringify({ id, method, params }))
    })
  // Twice: what finalizers let go of is collected by the second.
  await send('HeapProfiler.collectGarbage')
  await send('HeapProfiler.collectGarbage')
  const { result } = await send('Runtime.evaluate', { expression: LOOK, returnByValue: true })
  socket.close()
  const { heapUsed, external, listeners, resources } = JSON.parse(result!.value!) as Record<string, number>
  return { heapMb: heapUsed! / MIB, buffersMb: external! / MIB, listeners: listeners!, resources: resources! }
}
