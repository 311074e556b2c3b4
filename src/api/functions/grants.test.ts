import { expect, it } from 'vitest'
import { Grants } from './grants.ts'

const grant = { siteId: 's', siteName: 'site', domain: 'x.test' }

it('finds a grant by its token until it is revoked', () => {
  const grants = new Grants()
  const access = grants.give(grant)
  expect(grants.find(`Bearer ${access.token}`)?.grant).toBe(grant)
  expect(grants.find(`bearer ${access.token}`)?.grant).toBe(grant)
  access.revoke()
  access.revoke()
  expect(grants.find(`Bearer ${access.token}`)).toBeUndefined()
})

it.each([undefined, '', 'Bearer', 'Bearer ', 'Bearer x', 'Basic x'])('finds none for %j', (text) => {
  const grants = new Grants()
  grants.give(grant)
  expect(grants.find(text)).toBeUndefined()
})

it('takes a signature for what it was made for, for ten minutes, as long as the grant lives', () => {
  const grants = new Grants()
  const access = grants.give(grant)
  const { id } = grants.find(`Bearer ${access.token}`)!
  const signature = grants.sign(id, 'PUT', '/s/a', 0)
  expect(grants.findSigned(signature, 'PUT', '/s/a', 599_999)).toEqual({ id, grant })
  expect(grants.findSigned(signature, 'PUT', '/s/a', 600_000)).toBeUndefined()
  expect(grants.findSigned(signature, 'GET', '/s/a', 0)).toBeUndefined()
  expect(grants.findSigned(signature, 'PUT', '/s/b', 0)).toBeUndefined()
  const [, , mac] = signature.split('.')
  expect(grants.findSigned(`${id}.99999999999999.${mac}`, 'PUT', '/s/a', 0)).toBeUndefined()
  expect(grants.findSigned('', 'PUT', '/s/a', 0)).toBeUndefined()
  access.revoke()
  expect(grants.findSigned(signature, 'PUT', '/s/a', 0)).toBeUndefined()
})
