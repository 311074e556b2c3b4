import { parentPort } from 'node:worker_threads'
import { type LookAt, lookAtShared } from './shared-look.ts'

const port = parentPort!
port.on('message', (instances: LookAt[]) => port.postMessage(lookAtShared(instances)))
