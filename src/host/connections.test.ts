import { expect, it } from 'vitest'
import { ADMIN_CONNECTIONS } from '../api/admin/index.ts'
import { DEFAULT_LIMITS } from '../base/settings/index.ts'
import { divideConnections, SERVICES } from './connections.ts'

it.each([
  [256, 128, 8, 32],
  [400, 200, 18, 50],
  [1024, 512, 96, 128],
  [4096, 2048, 480, 512],
  [20_000, 16_676, 1024, 1024],
  [1_048_576, 1_045_252, 1024, 1024],
])('%i descriptors', (files, clients, services, proxies) => {
  const shares = divideConnections(DEFAULT_LIMITS, files)
  expect(shares).toEqual({ public: clients, services, proxies })
})

it.each([256, 400, 1024, 4096])(
  '%i: what functions may hold does not touch the half of the public port',
  (files) => {
    const { public: clients, services } = divideConnections(DEFAULT_LIMITS, files)
    expect(clients).toBeGreaterThanOrEqual(files / 2)
    const held = services + SERVICES.strangers + ADMIN_CONNECTIONS.connections + ADMIN_CONNECTIONS.strangers
    expect(held).toBeLessThan(files / 4)
  },
)

it('what the operator says wins', () => {
  const limits = { ...DEFAULT_LIMITS, connections: 50, serviceConnections: 300 }
  expect(divideConnections(limits, 400)).toMatchObject({ public: 50, services: 300 })
  expect(divideConnections({ ...limits, connections: 0 }, 20_000).public).toBe(16_676 + 1024 - 300)
})
