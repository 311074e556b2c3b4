import { describe, expect, it } from 'vitest'
import {
  describeAnswer,
  describeRouter,
  type RoutedFunction,
  toRoutable,
} from '../../../test/contract/router.ts'
import { createRandom } from '../../../test/helpers/random.ts'
import { compileRoutePattern, createIndexedRouter, createLinearRouter } from './index.ts'

describeRouter('createLinearRouter', createLinearRouter)
describeRouter('createIndexedRouter', createIndexedRouter)

describe('the index changes no answer', () => {
  const PIECES = ['/a', '/b', '/A', '/:x', '/:y', '/*', '/a*', '/:z?', '/:r*', '/x{/b}?', '/(\\d+)', '']
  const STEPS = ['/a', '/b', '/ab', '/1', '/x', '/', '']
  const METHODS = ['GET', 'POST']

  it.each([1, 2, 3, 4])('as the linear router over random functions and paths, seed %i', (seed) => {
    const random = createRandom(seed)
    let matches = 0
    const different: unknown[] = []
    for (let round = 0; round < 60; round++) {
      const functions = random
        .list(1, 12, (): RoutedFunction => {
          const path = (): string => random.list(1, 3, () => random.pick(PIECES)).join('') || '/'
          return {
            name: `f${random.below(1000)}`,
            path: random.list(0, 3, path),
            excludedPath: random.below(4) === 0 ? [path()] : [],
            methods: random.below(3) === 0 ? [random.pick(METHODS)] : [],
            preferStatic: random.below(3) === 0,
            priority: random.below(2) * 10,
          }
        })
        .flatMap((fn) => (isValid(fn) ? [toRoutable(fn)] : []))
      const options = { hasStatic: (path: string) => path.length % 2 === 0 }
      const [linear, indexed] = [
        createLinearRouter(functions, options),
        createIndexedRouter(functions, options),
      ]
      for (let i = 0; i < 60; i++) {
        const path = random.list(1, 4, () => random.pick(STEPS)).join('') || '/'
        const request = `${random.pick(METHODS)} ${path}`
        const expected = describeAnswer(linear, request)
        if (expected !== '-') matches++
        const answer = describeAnswer(indexed, request)
        if (answer !== expected) different.push({ request, answer, expected })
      }
    }
    expect(different).toEqual([])
    expect(matches).toBeGreaterThan(500)
  })

  it('as the linear router where literals and parameters stand side by side in every segment', () => {
    const functions = Array.from({ length: 256 }, (_, i) =>
      toRoutable({
        name: `f${i}`,
        path: [0, 1, 2, 3, 4, 5, 6, 7].map((bit) => ((i >> bit) & 1 ? '/a' : `/:p${bit}`)).join(''),
        methods: i % 7 === 0 ? ['GET'] : ['POST'],
      }),
    )
    const options = { hasStatic: () => false }
    const [linear, indexed] = [
      createLinearRouter(functions, options),
      createIndexedRouter(functions, options),
    ]
    const random = createRandom(1)
    for (let i = 0; i < 300; i++) {
      const path = random.list(7, 8, () => random.pick(['/a', '/a', '/b'])).join('')
      expect(describeAnswer(indexed, `GET ${path}`)).toBe(describeAnswer(linear, `GET ${path}`))
    }
  })
})

/** Random pieces make patterns with one name twice, or with a group that is refused. */
function isValid({ path, excludedPath }: RoutedFunction): boolean {
  try {
    for (const each of [path ?? [], excludedPath ?? []].flat()) compileRoutePattern(each)
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^FUNCTION_PATH_(INVALID|UNSAFE)$/) })
    return false
  }
}
