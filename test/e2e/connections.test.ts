import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { ask } from '../helpers/http.ts'
import { writeProject } from '../helpers/project-files.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { startRoost } from '../helpers/roost.ts'
import { waitFor } from '../helpers/wait.ts'

const BIN = fileURLToPath(new URL('../../bin/roost.js', import.meta.url))

it('idle connections leave the descriptors that functions need', async () => {
  const project = await writeProject({
    'netlify/functions/hello.mjs': `export default () => new Response('hello')`,
  })
  // Fewer than the connections below; the shell is replaced by Node.
  const limited = 'ulimit -n 400 && exec "$0" "$@"'
  await using roost = await startRoost(['serve', project], {
    command: ['sh', '-c', limited, process.execPath, BIN],
    env: { ROOST_PORT: '0', ROOST_LOG_LEVEL: 'debug' },
  })
  const clients = await Promise.all(Array.from({ length: 450 }, () => RawClient.connect(roost.url)))
  await waitFor(
    'those that are too many',
    () => clients.filter(({ ended }) => ended !== undefined).length > 200,
  )
  const kept = clients.filter(({ ended }) => ended === undefined)
  expect(kept.length).toBeGreaterThan(100)
  kept[0]!.sendHead('GET /.netlify/functions/hello HTTP/1.1', 'Host: a')
  expect(await kept[0]!.read()).toMatchObject({ status: 200, body: 'hello' })
  for (const client of clients) client.destroy()
  await waitFor('room', async () => {
    const { status } = await ask(`${roost.url}/.netlify/functions/hello`).catch(() => ({ status: 0 }))
    return status === 200
  })
})
