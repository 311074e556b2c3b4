/**
 * The program of the build child: a process of its own, so that bundling never takes the server's event loop, and so
 * that its memory goes back to the system with it. Started by builder.ts, never imported.
 */
import type { Log } from '../../base/log/index.ts'
import { createTraceMemory } from '../bundle/index.ts'
import { buildProject } from '../pipeline/index.ts'
import { flatten, toSentError } from './errors.ts'
import type { BuildReply, BuildRequest } from './messages.ts'

/** The child stays for later builds of the same project: what it knows of packages makes them fast. */
const traces = createTraceMemory()

process.on('message', (request: BuildRequest) => void answer(request))
// The parent is gone, however it ended: nobody waits for us.
process.on('disconnect', () => process.exit(0))

async function answer({ options }: BuildRequest): Promise<void> {
  try {
    const result = await buildProject(options, { log: createRemoteLog({}), traces })
    send({ type: 'done', result: { ...result, errors: result.errors.map(flatten) } })
  } catch (error) {
    send({ type: 'failed', error: toSentError(error) })
  }
}

function send(reply: BuildReply): void {
  process.send?.(reply)
}

/** Log lines go to the parent, which knows format and destination. */
function createRemoteLog(always: Record<string, unknown>): Log {
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error'): Log['info'] =>
    (fields, message) =>
      send({
        type: 'log',
        level,
        fields: { ...always, ...fields },
        ...(message === undefined ? {} : { message }),
      })
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => createRemoteLog({ ...always, ...fields }),
  }
}
