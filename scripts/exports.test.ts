import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { checkInSourceConfig } from '../src/builder/config/in-source-keys.ts'
import { findEventHandler } from '../src/compute/runtime/formats/web/events/index.ts'
import type { EventHandlers, FunctionRegion, HttpMethod } from '../src/exports/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Types of `src/exports` that are compared otherwise than in test/types/runtime.ts. */
const ELSEWHERE: Record<string, string> = {
  NetlifyFunction: 'made of EventHandlers, FetchHandler and Config',
  FetchHandler: 'takes a Context; what it may return is runtime.md §1.3, tested there',
  BackgroundFetchHandler: 'takes a Context; its result is ignored',
  Handler: 'made of HandlerEvent, HandlerContext and HandlerResponse',
  HandlerCallback: 'made of HandlerResponse',
  BackgroundHandler: 'made of HandlerEvent and HandlerContext',
  BuilderHandler: 'made of HandlerEvent, HandlerContext and BuilderResponse',
  StreamingHandler: 'made of HandlerEvent, HandlerContext and StreamingResponse',
  PurgeCacheOptions: 'taken by purgeCache, which is in src/exports itself',
  RateLimitConfig: 'below: every key is read',
  FunctionRegion: 'below: every value is taken',
  HttpMethod: 'below: every value is taken',
  EventHandlers: 'below: every handler is found',
}
/** What events.ts makes of Deploy, DeploySite, User and the fields of a form. */
const EVENT_TYPE = /^(Deploy|User|FormSubmitted)\w*(Event|Handler)$/

describe('types of src/exports', () => {
  it('each is compared with what the runtime or the build has: in test/types/runtime.ts, or here', () => {
    const compared = new Set(
      [...readFileSync(resolve(root, 'test/types/runtime.ts'), 'utf8').matchAll(/\bours\.(\w+)/g)].map(
        ([, name]) => name!,
      ),
    )
    const left = listTypes().filter(
      (name) => !compared.has(name) && !(name in ELSEWHERE) && !EVENT_TYPE.test(name),
    )
    expect(left).toEqual([])
    expect(Object.keys(ELSEWHERE).filter((name) => !listTypes().includes(name))).toEqual([])
  })

  const REGIONS = {
    cmh: 1,
    dub: 1,
    fra: 1,
    gru: 1,
    iad: 1,
    lhr: 1,
    nrt: 1,
    pdx: 1,
    sfo: 1,
    sin: 1,
    syd: 1,
    yul: 1,
  } satisfies Record<FunctionRegion, 1>
  it('FunctionRegion: the regions that a build takes, no more and no fewer', () => {
    expect(readChoice('region')).toEqual(Object.keys(REGIONS))
  })

  const METHODS = { DELETE: 1, GET: 1, OPTIONS: 1, PATCH: 1, POST: 1, PUT: 1 } satisfies Record<HttpMethod, 1>
  it('HttpMethod: the methods that a build takes, but for HEAD, which Netlify’s type does not have', () => {
    expect(readChoice('method')).toEqual([...Object.keys(METHODS), 'HEAD'].sort())
  })

  it('RateLimitConfig: every key is read', () => {
    const rateLimit = {
      action: 'rewrite',
      to: '/x',
      aggregateBy: ['ip', 'domain'],
      windowSize: 60,
      windowLimit: 5,
    }
    const { config, problems } = checkInSourceConfig({ rateLimit })
    expect(problems).toEqual([])
    const { to, rateLimitConfig, aggregate } = config.rateLimit!.action.config
    expect({ to, ...rateLimitConfig, keys: aggregate.keys.map(({ type }) => type) }).toMatchObject({
      to: '/x',
      windowSize: 60,
      windowLimit: 5,
      keys: ['ip', 'domain'],
    })
  })

  const SLUGS = {
    deployBuilding: 'deploy_building',
    deploySucceeded: 'deploy_succeeded',
    deployFailed: 'deploy_failed',
    deployDeleted: 'deploy_deleted',
    deployLocked: 'deploy_locked',
    deployUnlocked: 'deploy_unlocked',
    formSubmitted: 'submission_created',
    userValidate: 'identity_validate',
    userSignup: 'identity_signup',
    userLogin: 'identity_login',
    userModified: 'identity_usermodified',
    userDeleted: 'identity_userdeleted',
  } satisfies Record<keyof EventHandlers, string>
  it.each(Object.entries(SLUGS))('EventHandlers: the runtime calls %s for %s', (name, slug) => {
    expect(findEventHandler({ [name]: () => undefined }, slug)?.slug).toBe(slug)
  })
})

/** Names of the types in index.ts, those of `export type * from` included. */
function listTypes(): string[] {
  const read = (name: string): string => readFileSync(resolve(root, 'src/exports', name), 'utf8')
  const index = read('index.ts')
  const listed = [...index.matchAll(/export type \{([^}]*)\}/g)].flatMap(([, names]) => names!.match(/\w+/g)!)
  const inline = [...index.matchAll(/\btype (\w+),/g)].map(([, name]) => name!)
  const starred = [...index.matchAll(/export type \* from '\.\/([\w.-]+)'/g)].flatMap(([, file]) =>
    [...read(file!).matchAll(/^export (?:interface|type) (\w+)/gm)].map(([, name]) => name!),
  )
  return [...listed, ...inline, ...starred]
}

/** The values of a key of `config`, as the message about a wrong one lists them. */
function readChoice(key: string): string[] {
  const [problem] = checkInSourceConfig({ [key]: 'nonsense' }).problems
  return problem!.expected.replace('one of ', '').split(', ').sort()
}
