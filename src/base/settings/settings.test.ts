import { describe, expect, it } from 'vitest'
import { RoostErrors } from '../errors/index.ts'
import { parseSettings } from './index.ts'

describe('parseSettings', () => {
  it('has a default for everything', () => {
    const settings = parseSettings({ flags: {}, env: {} })
    expect(settings).toMatchObject({ port: undefined, host: '127.0.0.1', trustedHops: 0, showTraces: false })
    expect(settings.limits.syncTimeoutMs).toBe(60_000)
    expect(Object.isFrozen(settings)).toBe(true)
  })

  it('prefers flag, then variable, then file', () => {
    const file = { path: 'roost.toml', values: { port: 3, host: 'c', log_level: 'warn' } }
    const env = { ROOST_PORT: '2', ROOST_HOST: 'b' }
    expect(parseSettings({ flags: { port: '1' }, env, file })).toMatchObject({
      port: 1,
      host: 'b',
      logLevel: 'warn',
    })
  })

  it('takes a limit from a variable and from the file', () => {
    const file = { path: 'roost.toml', values: { limits: { waiting_line_ms: 5 } } }
    const { limits } = parseSettings({ flags: {}, env: { ROOST_SYNC_TIMEOUT_MS: '1000' }, file })
    expect([limits.syncTimeoutMs, limits.waitingLineMs]).toEqual([1000, 5])
  })

  it('says of a name that was a setting once what to set instead', () => {
    const file = { path: 'roost.toml', values: { limits: { builder_cache_bytes: 1 } } }
    for (const source of [{ file }, { env: { ROOST_BUILDER_CACHE_BYTES: '1' } }]) {
      const parse = () => parseSettings({ flags: {}, env: {}, ...source })
      expect(parse).toThrow(RoostErrors)
      expect(parse).toThrow(/is (not|no longer) a setting/)
    }
  })

  it('takes a path in the file as relative to the file, and leaves URLs and other paths alone', () => {
    const file = {
      path: '/srv/site/roost.toml',
      values: { geo_db: 'geo.mmdb', identity_jwks: 'https://id/keys' },
    }
    expect(parseSettings({ flags: {}, env: {}, file })).toMatchObject({
      geoDb: '/srv/site/geo.mmdb',
      identityJwks: 'https://id/keys',
    })
    expect(parseSettings({ flags: { geoDb: 'a.mmdb' }, env: {}, file }).geoDb).toBe('a.mmdb')
  })

  it('D133: a project does not allow itself what the operator decides', () => {
    const file = { path: 'roost.toml', values: { allow_outside_links: true } }
    expect(parseSettings({ flags: {}, env: {}, file }).allowOutsideLinks).toBe(true)
    const act = () => parseSettings({ flags: {}, env: {}, file: { ...file, isOfProject: true } })
    expect(act).toThrow('roost.toml: "allow_outside_links" cannot be set in the project\'s own file')
  })

  it('names every problem at once, and where it stands', () => {
    const file = { path: 'roost.toml', values: { prot: 1, limits: { concurrency: 'many' } } }
    const act = (): unknown =>
      parseSettings({ flags: { port: '99999' }, env: { ROOST_TRUSTED_HOPS: 'x' }, file })
    expect(act).toThrow(RoostErrors)
    try {
      act()
    } catch (error) {
      expect((error as RoostErrors).errors.map((problem) => problem.message)).toEqual([
        '--port: expected a port from 0 to 65535, found "99999"',
        'ROOST_TRUSTED_HOPS: expected a number of proxies from 0 to 16, found "x"',
        'roost.toml: limits.concurrency: expected a whole number, found "many"',
        'roost.toml: "prot" is not a setting. Did you mean "port"?',
      ])
    }
  })
})
