import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, sendRaw } from '../helpers/http.ts'
import { type Roost, runRoost, startRoost } from '../helpers/roost.ts'
import { waitFor } from '../helpers/wait.ts'

const PROJECT = fileURLToPath(new URL('../fixtures/chaos', import.meta.url))

describe('the admin listener', () => {
  let roost: Roost
  let url: string
  let token: string
  let tokenFile: string

  beforeAll(async () => {
    roost = await startRoost(['serve', PROJECT, '--port', '0', '--admin-port', '0', '--log-level', 'error'])
    const [, at, file] = /^Admin: (http:\S+)\/metrics \(token in (.+)\)$/m.exec(roost.stderr.text)!
    url = at!
    tokenFile = file!
    token = readFileSync(tokenFile, 'utf8').trim()
  })
  afterAll(() => roost.stop())

  const get = (path: string, headers: Record<string, string> = {}) => ask(`${url}${path}`, { headers })

  it('is not there unless it is asked for', async () => {
    await using plain = await startRoost(['serve', PROJECT, '--port', '0'])
    expect(plain.stderr.text).not.toContain('Admin:')
  })

  it('says so when its port is in use', async () => {
    const port = new URL(url).port
    const { code, stdout, stderr } = await runRoost(['serve', PROJECT, '--port', '0', '--admin-port', port])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(new RegExp(`PORT_IN_USE.*${port}`))
    expect(stderr).toContain('--admin-port')
  })

  it('asks for its token, which only its owner can read', async () => {
    expect((await get('/metrics')).status).toBe(401)
    expect((await get('/metrics', { authorization: 'Bearer wrong' })).status).toBe(401)
    expect((await get('/metrics', { authorization: `Bearer ${token}x` })).status).toBe(401)
    expect(statSync(tokenFile).mode & 0o077).toBe(0)
    expect((await get('/healthz', { authorization: `Bearer ${token}` })).body).toBe('ok\n')
  })

  it('answers nobody who calls this machine by another name', async () => {
    const headers = { authorization: `Bearer ${token}`, host: 'evil.example' }
    expect((await get('/metrics', headers)).status).toBe(403)
  })

  it('counts requests, refusals and instances', async () => {
    expect((await ask(`${roost.url}/.netlify/functions/hello`)).status).toBe(200)
    expect((await ask(`${roost.url}/.netlify/functions/misbehave?how=throw`)).status).toBe(502)
    expect((await ask(`${roost.url}/.netlify/functions/misbehave?how=exit`)).status).toBe(502)
    expect(
      await sendRaw(roost.url, 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'),
    ).toContain('400')
    // A call counts once its instance is gone, which is after its client was told.
    const { body, headers } = await waitFor('the end of the instance', async () => {
      const answer = await get('/metrics', { authorization: `Bearer ${token}` })
      return answer.body.includes('roost_instance_exits_total{') && answer
    })
    expect(headers['content-type']).toMatch(/^text\/plain; version=/)
    expect(body).toContain('roost_requests_total{function="hello",status="200",outcome="succeeded"} 1')
    expect(body).toContain(
      'roost_requests_total{function="misbehave",status="502",outcome="FUNCTION_FAILED"} 1',
    )
    expect(body).toContain(
      'roost_requests_total{function="misbehave",status="502",outcome="FUNCTION_EXITED"} 1',
    )
    expect(body).toContain('roost_refusals_total{code="REQUEST_INVALID"} 1')
    expect(body).toContain('roost_instance_exits_total{function="misbehave",reason="exited"} 1')
    expect(body).toMatch(/^roost_instances [1-9]/m)
    expect(body).toMatch(/^roost_request_duration_seconds_count\{function="hello"\} 1$/m)
  })
})
