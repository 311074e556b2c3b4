import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ask } from '../helpers/http.ts'
import { writeProject } from '../helpers/project-files.ts'
import { type Roost, runRoost, startRoost } from '../helpers/roost.ts'
import { waitFor } from '../helpers/wait.ts'

// The shared cache through restarts of the real command (D116). Each invocation of a function has another body.

const page = (version: number): string => `
export default (request) => new Response(${version} + Math.random().toString(), {
  headers: { 'cache-control': 'public, max-age=3600', 'cache-tag': 'page', 'netlify-vary': 'cookie=user' },
})`
/** What `purgeCache({ tags: ['PAGE'] })` does. */
const PURGE = `
export default async () => {
  const { edgeURL, token } = JSON.parse(Buffer.from(process.env.NETLIFY_BLOBS_CONTEXT, 'base64'))
  const body = JSON.stringify({ site_id: process.env.SITE_ID, cache_tags: ['PAGE'] })
  const headers = { authorization: 'Bearer ' + token }
  const { status } = await fetch(edgeURL + '/api/v1/purge', { method: 'POST', headers, body })
  return new Response(String(status))
}`

async function makeProject(): Promise<{ dir: string; start(...flags: string[]): Promise<Roost> }> {
  const dir = await writeProject({
    'netlify/functions/page.mjs': page(1),
    'netlify/functions/purge.mjs': PURGE,
  })
  return { dir, start: (...flags) => startRoost(['serve', dir, '--port', '0', ...flags]) }
}

const get = async ({ url }: Roost, path = 'page'): Promise<{ body: string; status: string }> => {
  const options = { headers: { host: 'site.example', cookie: 'user=ann' } }
  const answer = await ask(`${url}/.netlify/functions/${path}`, options)
  return { body: answer.body, status: String(answer.headers['cache-status']).replace('"Roost"; ', '') }
}

/** Two requests: the second is the first that is kept on disk. */
async function store(roost: Roost, dir: string): Promise<string> {
  const first = await get(roost)
  expect([first.status, await get(roost)]).toEqual(['fwd=miss', { body: first.body, status: 'hit' }])
  // The response, and what it varies by.
  await waitFor('its files', () => listFiles(dir).length === 2)
  return first.body
}

function listFiles(dir: string): string[] {
  const folder = join(dir, '.netlify/roost/data/http-cache')
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.length > 40)
    .map(({ name }) => name)
}

it('what is stored outlives a restart, and a host that is killed', async () => {
  const { dir, start } = await makeProject()
  let body: string
  {
    await using roost = await start()
    body = await store(roost, dir)
  }
  {
    await using roost = await start()
    expect(await get(roost)).toEqual({ body, status: 'hit' })
    process.kill(roost.pid, 'SIGKILL')
    await roost.ended
  }
  {
    await using roost = await start()
    expect(await get(roost)).toEqual({ body, status: 'hit' })
  }
  await using roost = await start('--no-cache')
  expect((await get(roost)).status).toBe('fwd=bypass')
})

it('what is purged does not come back', async () => {
  const { dir, start } = await makeProject()
  let body: string
  {
    await using roost = await start()
    body = await store(roost, dir)
    expect((await get(roost, 'purge')).body).toBe('202')
    expect((await get(roost)).status).toBe('fwd=miss')
  }
  await using roost = await start()
  expect((await get(roost)).body).not.toBe(body)
})

it('a new deploy does not find what an old one has stored, which is removed', async () => {
  const { dir, start } = await makeProject()
  {
    await using roost = await start()
    await store(roost, dir)
  }
  writeFileSync(join(dir, 'netlify/functions/page.mjs'), page(2))
  await using roost = await start()
  const { body, status } = await get(roost)
  expect([body[0], status]).toEqual(['2', 'fwd=miss'])
  await waitFor('the old files to go', () => listFiles(dir).length === 0)
})

it('roost cache:purge removes what a running server has stored, by tags or all of it (D114)', async () => {
  const { dir, start } = await makeProject()
  const data = join(dir, '.netlify/roost/data')
  const purge = (...flags: string[]) => runRoost(['cache:purge', '--data', data, ...flags])
  expect(await purge()).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('HOST_NOT_FOUND'),
  })

  await using roost = await start('--admin-port', '0')
  await store(roost, dir)
  expect(await purge('--tag', 'other')).toMatchObject({ code: 0 })
  expect((await get(roost)).status).toBe('hit')
  expect((await purge('--tag', 'Page', '--tag', 'other')).stderr).toContain('Purged the tags Page, other.')
  expect((await get(roost)).status).toBe('fwd=miss')
  expect((await purge()).stderr).toContain('Purged everything.')
  expect((await get(roost)).status).toBe('fwd=miss')
  expect((await purge('--site', 'nobody')).stderr).toContain('SITE_NOT_FOUND')
  expect((await purge('--auth', 'wrong')).stderr).toMatch(/HOST_NOT_FOUND.*401/)
  await roost.stop()
  expect(await purge()).toMatchObject({ code: 1, stderr: expect.stringContaining('HOST_NOT_FOUND') })
})

it('an address that is not on this machine gets no token of a data folder (D129)', async () => {
  const { dir } = await makeProject()
  const data = join(dir, 'data')
  mkdirSync(data)
  writeFileSync(join(data, 'admin-token'), 'secret')
  writeFileSync(join(data, 'host.json'), JSON.stringify({ adminUrl: 'http://evil.example:1/' }))
  const { code, stderr } = await runRoost(['cache:purge', '--data', data])
  expect([code, stderr]).toEqual([1, expect.stringContaining('which is not on this machine')])
  const other = await runRoost(['cache:purge', '--data', data, '--host-url', 'http://evil.example:1/'])
  expect(other.stderr).toContain('There is no token for http://evil.example:1/')
})
