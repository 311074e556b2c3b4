import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { type GatewayHarness, startGateway } from '../../helpers/gateway-harness.ts'

let harness: GatewayHarness | undefined
afterEach(() => harness?.stop())

const CONNECTIONS = 100

/** Sends a request on each of many connections, says so through `flag`, hands over the answers. On a thread of its own. */
const CLIENT = `
const { workerData: { port, flag, connections }, parentPort } = require('node:worker_threads')
const ask = () => new Promise((resolve) => {
  const socket = require('node:net').connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (bytes) => { answer += bytes })
  socket.on('error', (error) => { answer += error.code })
  socket.on('close', () => resolve(answer))
  socket.write('GET /.netlify/functions/fn HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n', () => {
    if (Atomics.add(flag, 1, 1) + 1 < connections) return
    Atomics.store(flag, 0, 1)
    Atomics.notify(flag, 0)
  })
})
void Promise.all(Array.from({ length: connections }, ask)).then((answers) => parentPort.postMessage(answers))`

describe('close', () => {
  it('answers what was sent before it, also what nobody has read yet', async () => {
    harness = await startGateway({ functions: { fn: { play: (call) => call.answer(200, [], 'heard') } } })
    const flag = new Int32Array(new SharedArrayBuffer(8))
    const worker = new Worker(CLIENT, {
      eval: true,
      workerData: { port: Number(new URL(harness.url).port), flag, connections: CONNECTIONS },
    })
    const answers = once(worker, 'message')
    Atomics.wait(flag, 0, 0, 10_000) // this thread stands still: the requests lie in the system's queues
    await harness.gateway.close()
    const all = (await answers)[0] as string[]
    expect(all).toHaveLength(CONNECTIONS)
    for (const answer of all) expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n.*heard$/s)
  })
})
