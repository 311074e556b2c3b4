import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  describeAnswer,
  describePassed,
  describeRouter,
  PATTERN_PIECES,
  type RoutedFunction,
  toRoutable,
} from '../../../../test/contract/router.ts'
import { createRandom } from '../../../../test/helpers/random.ts'
import { compileRoutePattern, createIndexedRouter, createLinearRouter } from '../index.ts'

describeRouter('createLinearRouter', createLinearRouter)
describeRouter('createIndexedRouter', createIndexedRouter)

const PIECES = [...PATTERN_PIECES, '\\/', '']

describe('the index changes no answer', () => {
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
        const passed = describePassed(indexed, request)
        if (!isDeepStrictEqual(passed, describePassed(linear, request))) different.push({ request, passed })
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

/** D128 said with Node's own URLPattern: without the slash at the end first, then as it came. */
function matchReference(pattern: string, path: string): Record<string, string> | undefined {
  const reference = new URLPattern({ pathname: trim(pattern) }, { ignoreCase: true })
  for (const form of new Set([trim(path), path])) {
    const match = reference.exec({ pathname: form })
    if (match !== null)
      return Object.fromEntries(
        Object.entries(match.pathname.groups).filter(
          (entry): entry is [string, string] => entry[1] !== undefined,
        ),
      )
  }
  return undefined
}

function trim(path: string): string {
  return path.length > 1 && path.endsWith('/') && !path.endsWith('\\/') ? path.slice(0, -1) : path
}

describe.each([
  ['createLinearRouter', createLinearRouter],
  ['createIndexedRouter', createIndexedRouter],
])('%s answers one route as URLPattern does for both forms of the path', (_name, create) => {
  const STEPS = ['/a', '/b', '/A', '/ab', '/1', '/x', '/', '/', '']

  it.each([1, 2, 3, 4])('seed %i', (seed) => {
    const random = createRandom(seed)
    let [matches, slashes, exclusions] = [0, 0, 0]
    const different: unknown[] = []
    for (let round = 0; round < 400; round++) {
      const build = (): string => random.list(1, 3, () => random.pick(PIECES)).join('') || '/'
      const fn: RoutedFunction = {
        name: 'f',
        path: build(),
        excludedPath: random.below(2) === 0 ? [build()] : [],
      }
      const [pattern, excluded] = [fn.path as string, fn.excludedPath![0]]
      if (!isValid(fn) || ![pattern, excluded ?? '/'].every(isSpecial)) continue
      const router = create([toRoutable(fn)], { hasStatic: () => false })
      for (let i = 0; i < 20; i++) {
        const path = random.list(1, 4, () => random.pick(STEPS)).join('') || '/'
        const isOut = excluded !== undefined && matchReference(excluded, path) !== undefined
        const params = isOut ? undefined : matchReference(pattern, path)
        if (params !== undefined) matches++
        if (params !== undefined && path.endsWith('/')) slashes++
        if (isOut) exclusions++
        const answer = router.find('GET', path)
        const ours = answer?.kind === 'function' ? JSON.parse(answer.params || '{}') : undefined
        if (!isDeepStrictEqual(ours, params)) different.push({ pattern, excluded, path, ours, params })
      }
    }
    expect(different).toEqual([])
    expect(matches).toBeGreaterThan(200)
    expect(slashes).toBeGreaterThan(50)
    expect(exclusions).toBeGreaterThan(50)
  })
})

/** Plain text is not a URL pattern: `?` and `+` mean themselves there, and it is compared without its slash. */
function isSpecial(pattern: string): boolean {
  return pattern === '/' || compileRoutePattern(pattern).kind === 'group'
}

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
