import { expect, it } from 'vitest'
import { readArtifact } from '../../../src/artifact/manifest/index.ts'
import { buildProject } from '../../../src/builder/pipeline/index.ts'
import { createPoolHarness } from '../../helpers/pool-harness.ts'
import { goHandler, writeGoProject } from './support.ts'

it('case 135: a schedule of netlify.toml calls a Go function with next_run in the body', async () => {
  const source = goHandler('\treturn lambda.Reply(200, event.Text("httpMethod")+" "+event.Text("body")), nil')
  const dir = await writeGoProject(
    { nightly: source },
    { 'netlify.toml': '[functions.nightly]\nschedule = "@daily"\n' },
  )
  const artifact = await readArtifact((await buildProject({ dir })).artifactDir)
  expect(artifact.manifest.functions[0]!.schedule).toBe('@daily')
  await using harness = await createPoolHarness({}, { sharedPaths: [dir] })
  const body = JSON.stringify({ next_run: '2030-01-02T00:00:00.000Z' })
  const heard = await harness.call(harness.versionOf(artifact), {
    method: 'POST',
    path: '/.netlify/functions/nightly',
    headers: `user-agent: Netlify Clockwork\r\nx-nf-event: schedule\r\ncontent-type: application/json\r\n`,
    body: Buffer.from(body),
  })
  expect(heard).toMatchObject({ error: undefined, body: `POST ${body}` })
}, 120_000)
