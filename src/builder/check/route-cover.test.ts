import { describe, expect, it } from 'vitest'
import { type CompiledRoute, compileRoutes } from '../config/index.ts'
import { covers } from './route-cover.ts'

async function compile(path: string, methods: string[] = []): Promise<CompiledRoute> {
  const { routes } = await compileRoutes([path], { methods, preferStatic: false })
  return routes[0]!
}

describe('covers', () => {
  it.each([
    ['/*', '/anything'],
    ['/*', '/'],
    ['/*', '/a/:b?'],
    ['/api/*', '/api/users'],
    ['/api/*', '/api/users/:id'],
    ['/api/*', '/api/*'],
    ['/api/*', '/api/v1/*'],
    ['/api/:id', '/api/:name'],
    ['/api/:id', '/api/me'],
    ['/api/:id/x', '/api/me/x'],
    ['/items/:id(\\d+)', '/items/7'],
    ['/items/:id(\\d+)', '/items/:nr(\\d+)'],
    ['/Users', '/users/'],
    ['/API/*', '/api/x'],
  ])('%s takes all that %s matches', async (general, specific) => {
    expect(covers(await compile(general), await compile(specific))).toBe(true)
  })

  it.each([
    ['/api/*', '/api'],
    ['/api/*', '/api/:id?'],
    ['/api/*', '/apis/x'],
    ['/api/:id', '/api/*'],
    ['/api/:id', '/api/:id/x'],
    ['/api/:id', '/api/:id?'],
    ['/api/me', '/api/:id'],
    ['/items/:id(\\d+)', '/items/x'],
    ['/items/:id(\\d+)', '/items/:id'],
    ['/:name.json', '/:name'],
  ])('%s leaves something of %s', async (general, specific) => {
    expect(covers(await compile(general), await compile(specific))).toBe(false)
  })

  it.each([
    [[], ['GET'], true],
    [['GET', 'POST'], ['GET'], true],
    [['GET'], ['GET', 'POST'], false],
    [['GET'], [], false],
  ])('methods %j take those of %j: %s', async (general, specific, expected) => {
    expect(covers(await compile('/a', general), await compile('/a', specific))).toBe(expected)
  })
})
