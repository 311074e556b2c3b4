import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { type GatewayHarness, startGateway } from '../../helpers/gateway-harness.ts'

let harness: GatewayHarness | undefined
afterEach(() => harness?.stop())

/** Sends one request, says so through `flag`, and hands over what it was answered. On a thread of its own. */
const CLIENT = `
const { workerData: { port, flag }, parentPort } = require('node:worker_threads')
const socket = require('node:net').connect(port, '127.0.0.1')
let answer = ''
socket.on('data', (bytes) => { answer += bytes })
socket.on('error', (error) => { answer += error.code })
socket.on('close', () => parentPort.postMessage(answer))
socket.write('GET /.netlify/functions/fn HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n', () => {
  Atomics.store(flag, 0, 1)
  Atomics.notify(flag, 0)
})`

describe('close', () => {
  it('answers what was sent before it, also what nobody has read yet', async () => {
    harness = await startGateway({ functions: { fn: { play: (call) => call.answer(200, [], 'heard') } } })
    const flag = new Int32Array(new SharedArrayBuffer(4))
    const worker = new Worker(CLIENT, {
      eval: true,
      workerData: { port: Number(new URL(harness.url).port), flag },
    })
    const answer = once(worker, 'message')
    Atomics.wait(flag, 0, 0, 10_000) // this thread stands still: the request lies in the system's queue
    await harness.gateway.close()
    expect((await answer)[0]).toMatch(/^HTTP\/1.1 200 OK\r\n.*heard$/s)
  })
})
