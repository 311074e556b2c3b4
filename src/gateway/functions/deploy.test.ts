import { describe, expect, it } from 'vitest'
import { sampleFunction } from '../../../test/helpers/sample-function.ts'
import { type ManifestFunction, resolveFunction } from '../../artifact/manifest/index.ts'
import { DEFAULT_LIMITS } from '../../base/settings/index.ts'
import type { FunctionVersion } from '../../compute/pool/index.ts'
import { AnswerStore } from '../../platform/answers/index.ts'
import { createDeploy, type Target } from './deploy.ts'

function toTarget(own: Partial<ManifestFunction>): Target {
  const fn = sampleFunction({ name: 'fn', ...own })
  // The gateway reads nothing of a version: it hands it to the pool.
  const version = { id: 'd/fn', name: fn.name } as FunctionVersion
  const deploy = createDeploy({
    facts: {
      id: 'd',
      siteId: 's',
      siteName: 'n',
      mode: 'production',
      context: 'production',
      isPublished: true,
    },
    functions: [resolveFunction(fn, DEFAULT_LIMITS)],
    versions: new Map([[fn.name, version]]),
    answers: new AnswerStore({ maxBytes: 0 }),
  })
  const match = deploy.router.find('GET', `/.netlify/functions/${fn.name}`)
  if (match?.kind !== 'function') throw new Error('not routed')
  expect(match.fn.version).toBe(version)
  return match.fn
}

describe('createDeploy', () => {
  it.each<[string, Partial<ManifestFunction>, number]>([
    ['streaming', {}, 60],
    ['buffered', { invocationMode: 'buffered', format: 'lambda' }, 60],
    ['scheduled', { schedule: '@daily' }, 30],
    ['background', { invocationMode: 'background' }, 900],
    ['scheduled in the background', { invocationMode: 'background', schedule: '@daily' }, 900],
    ['with a timeout of its own', { invocationMode: 'background', timeoutSeconds: 5 }, 5],
  ])('time limit of a function that is %s', (_title, fn, seconds) => {
    expect(toTarget(fn).timeoutMs).toBe(seconds * 1000)
  })

  it.each([
    ['hello', 'public'],
    ['deploy-succeeded', 'event'],
    ['Identity-Login', 'event'],
    ['submission-created-background', 'event'],
    ['deploy-succeeded-2', 'public'],
  ])('access to %s: %s (build.md §2.6)', (name, access) => {
    expect(toTarget({ name }).access).toBe(access)
  })

  it.each<[ManifestFunction['format'], ManifestFunction['invocationMode'], boolean]>([
    ['web', 'streaming', false],
    ['web', 'buffered', false],
    ['lambda', 'buffered', true],
    ['lambda', 'streaming', false],
    ['native', 'buffered', true],
  ])('%s and %s: collected %s', (format, invocationMode, isBuffered) => {
    expect(toTarget({ format, invocationMode }).isBuffered).toBe(isBuffered)
  })
})
