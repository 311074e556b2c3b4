import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readArtifact, resolveFunction } from '../../../src/artifact/manifest/index.ts'
import { monotonicNow } from '../../../src/base/lib/index.ts'
import { createLog } from '../../../src/base/log/index.ts'
import { createHostMemory } from '../../../src/base/memory/index.ts'
import { parseSettings } from '../../../src/base/settings/index.ts'
import { buildProject } from '../../../src/builder/pipeline/index.ts'
import { createPool } from '../../../src/compute/pool/index.ts'
import { openSandbox } from '../../../src/compute/sandbox/index.ts'
import { toFunctionVersion } from '../../../src/host/function-version.ts'
import { createInstanceSource } from '../../../src/host/instances.ts'
import { goHandler, writeGoProject } from './support.ts'

it('case 135: a schedule of netlify.toml calls a Go function with next_run in the body', async () => {
  const source = goHandler('\treturn lambda.Reply(200, event.Text("httpMethod")+" "+event.Text("body")), nil')
  const dir = await writeGoProject(
    { nightly: source },
    { 'netlify.toml': '[functions.nightly]\nschedule = "@daily"\n' },
  )
  const artifact = await readArtifact((await buildProject({ dir })).artifactDir)
  const fn = artifact.manifest.functions[0]!
  expect(fn.schedule).toBe('@daily')
  const settings = parseSettings({ flags: {}, env: {} })
  const facts = { mode: 'production', context: 'production', isPublished: true } as const
  const deploy = { id: 'd1', siteId: 's1', siteName: 'site', ...facts, url: 'http://127.0.0.1' }
  const version = toFunctionVersion(artifact, resolveFunction(fn, settings.limits), deploy, {}, settings)
  const log = createLog({ format: 'json', level: 'error', destination: process.stderr })
  const sandbox = await openSandbox({ setting: 'auto', scratchDir: join(dir, 'scratch'), sharedPaths: [dir] })
  const memory = createHostMemory(settings.limits, { clock: monotonicNow, log })
  const instances = createInstanceSource(sandbox, '', settings, memory, log)
  const pool = createPool({ source: instances, maxInstances: 1, maxMemoryMb: 1024, clock: monotonicNow, log })
  const body = JSON.stringify({ next_run: '2030-01-02T00:00:00.000Z' })
  const heard = await new Promise<string>((resolve, reject) => {
    let text = ''
    pool.dispatch(
      version,
      {
        requestId: 'R1',
        method: 'POST',
        url: 'http://127.0.0.1/.netlify/functions/nightly',
        route: undefined,
        params: '',
        headers: `user-agent: Netlify Clockwork\r\nx-nf-event: schedule\r\ncontent-type: application/json\r\n`,
        body: Buffer.from(body),
        deadlineMs: monotonicNow() + 20_000,
        timeoutMs: 20_000,
      },
      {
        onHead: (head) => {
          text += head.body
        },
        onChunk: (bytes) => {
          text += bytes
        },
        onEnd: () => resolve(text),
        onError: ({ failure }) => reject(new Error(failure.errorMessage)),
        onSettled: () => undefined,
      },
    )
  })
  expect(heard).toBe(`POST ${body}`)
  await pool.destroy()
  await sandbox.close()
}, 120_000)
