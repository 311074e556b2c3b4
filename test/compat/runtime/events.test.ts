import { expect, it } from 'vitest'
import { startFunction } from '../../helpers/runtime-harness.ts'

/** Delivers an event to a module. */
async function deliver(source: string, slug: string, body: unknown) {
  await using runtime = await startFunction(source)
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const call = runtime.call('/', { method: 'POST', headers: { 'x-netlify-event': slug }, body: text })
  await call.settled
  return call.frames.includes('failed+settled') ? { failure: await call.failure } : await call.reply
}

const DEPLOY = {
  payload: {
    id: 'd1',
    site_id: 's1',
    build_id: 'b1',
    state: 'ready',
    url: 'http://u',
    ssl_url: 'https://u',
    deploy_ssl_url: 'https://d1--u',
    admin_url: 'https://admin',
    context: 'production',
    branch: 'main',
    commit_ref: '',
    title: 'A title',
    created_at: '2026-01-01T00:00:00Z',
    deploy_time: 0,
    manual_deploy: 1,
  },
  site: { id: 's1', name: 'n', url: 'https://u', admin_url: 'https://admin/s', other: 1 },
}

it.each([
  ['deploy_building', 'deployBuilding'],
  ['deploy_succeeded', 'deploySucceeded'],
  ['deploy_failed', 'deployFailed'],
  ['deploy_deleted', 'deployDeleted'],
  ['deploy_locked', 'deployLocked'],
  ['deploy_unlocked', 'deployUnlocked'],
])('case 139: %s reaches %s with one argument and answers 200', async (slug, handler) => {
  const source = `
    export default {
      name: 'object',
      ${handler}(...values) {
        console.log(JSON.stringify({ values, name: this.name, isScoped: Netlify.context !== null }))
        return 'ignored'
      },
    }`
  await using runtime = await startFunction(source)
  const reply = await runtime.fetch('/', {
    method: 'POST',
    headers: { 'x-netlify-event': slug },
    body: JSON.stringify(DEPLOY),
  })
  expect(reply).toMatchObject({ status: 200, body: '', headers: [] })
  await runtime.stdout.waitFor(/values/)
  expect(JSON.parse(runtime.logs[0]!.text)).toEqual({
    values: [
      {
        deploy: {
          id: 'd1',
          siteId: 's1',
          buildId: 'b1',
          state: 'ready',
          errorMessage: null,
          url: 'http://u',
          sslUrl: 'https://u',
          permalinkUrl: 'https://d1--u',
          adminUrl: 'https://admin',
          context: 'production',
          branch: 'main',
          commitRef: null,
          commitUrl: null,
          commitMessage: null,
          committer: null,
          title: 'A title',
          createdAt: '2026-01-01T00:00:00Z',
          publishedAt: null,
          time: 0,
          manual: true,
          framework: null,
        },
        site: { id: 's1', name: 'n', url: 'https://u', adminUrl: 'https://admin/s' },
      },
    ],
    name: 'object',
    isScoped: true,
  })
})

const ALL = `
  const handler = () => { throw new Error('must not be called') }
  export default { deploySucceeded: handler, userLogin: handler, formSubmitted: handler }`

it.each([
  ['deploy_succeeded', '{', 'Failed to parse event payload as JSON for "deploy_succeeded"'],
  ['deploy_succeeded', '', 'Failed to parse event payload as JSON for "deploy_succeeded"'],
  ['deploy_succeeded', [], 'expected an object'],
  ['deploy_succeeded', {}, 'missing "payload" object'],
  ['deploy_succeeded', { payload: {} }, 'missing "site" object'],
  ['deploy_succeeded', { payload: {}, site: {} }, 'missing "payload.id"'],
  ['deploy_succeeded', { payload: { id: 'a' }, site: {} }, 'missing "payload.state"'],
  ['deploy_succeeded', { payload: { id: 'a', state: 'b' }, site: {} }, 'missing "payload.created_at"'],
  ['identity_login', 'null', 'expected an object'],
  ['identity_login', {}, 'missing "user" object'],
  ['identity_login', { user: {} }, 'missing "user.id"'],
  ['identity_login', { user: { id: 'a' } }, 'missing "user.email"'],
  ['identity_login', { user: { id: 'a', email: 'b' } }, 'missing "user.created_at"'],
  ['submission_created', {}, 'missing "payload" object'],
  ['submission_created', { payload: {} }, 'missing "payload.data"'],
])('case 140: %s with %j is a 400', async (slug, body, reason) => {
  const reply = await deliver(ALL, slug, body)
  const error = reason.startsWith('Failed') ? reason : `Invalid event payload for "${slug}": ${reason}`
  expect(reply).toMatchObject({
    status: 400,
    headers: [['content-type', 'application/json']],
    body: JSON.stringify({ error }),
  })
})

const USER = {
  user: {
    id: 'u1',
    email: 'a@example.test',
    created_at: '2026-01-01',
    updated_at: '2026-01-02',
    confirmed_at: '',
    role: '',
    new_email: 'b@example.test',
    app_metadata: { provider: 'email', roles: ['admin'], plan: 'x' },
    user_metadata: { full_name: 'Ann', avatar_url: 'https://a', colour: 'red' },
  },
}

it('an identity event has the user in Netlify’s shape', async () => {
  await using runtime = await startFunction(
    'export default { userLogin(event) { console.log(JSON.stringify(event)) } }',
  )
  await runtime.fetch('/', {
    method: 'POST',
    headers: { 'x-netlify-event': 'identity_login' },
    body: JSON.stringify(USER),
  })
  await runtime.stdout.waitFor(/user/)
  expect(JSON.parse(runtime.logs[0]!.text)).toEqual({
    user: {
      id: 'u1',
      email: 'a@example.test',
      createdAt: '2026-01-01',
      updatedAt: '2026-01-02',
      pendingEmail: 'b@example.test',
      provider: 'email',
      roles: ['admin'],
      name: 'Ann',
      pictureUrl: 'https://a',
      userMetadata: USER.user.user_metadata,
      appMetadata: USER.user.app_metadata,
    },
  })
})

it.each([
  ['identity_validate', 'userValidate'],
  ['identity_signup', 'userSignup'],
  ['identity_login', 'userLogin'],
  ['identity_usermodified', 'userModified'],
])('case 141: %s denied, changed, accepted', async (slug, handler) => {
  const denied = await deliver(`export default { ${handler}: (e) => { e.deny(); return e } }`, slug, USER)
  expect(denied).toMatchObject({ status: 401, body: '' })
  const accepted = await deliver(`export default { ${handler}() {} }`, slug, USER)
  expect(accepted).toMatchObject({ status: 200, body: '' })
  const source = `export default {
    ${handler}: ({ user }) => ({ user: { ...user, role: 'boss', roles: ['editor'], name: 'Bea' } }) }`
  const changed = (await deliver(source, slug, USER)) as { status: number; body: string }
  expect(changed.status).toBe(200)
  expect(JSON.parse(changed.body)).toEqual({
    id: 'u1',
    email: 'a@example.test',
    created_at: '2026-01-01',
    updated_at: '2026-01-02',
    confirmed_at: null,
    role: 'boss',
    invited_at: null,
    confirmation_sent_at: null,
    recovery_sent_at: null,
    new_email: 'b@example.test',
    email_change_sent_at: null,
    last_sign_in_at: null,
    app_metadata: { provider: 'email', roles: ['editor'], plan: 'x' },
    user_metadata: { full_name: 'Bea', avatar_url: 'https://a', colour: 'red' },
  })
})

it('an identity handler that returns something else fails', async () => {
  const reply = await deliver('export default { userLogin: () => ({ a: 1 }) }', 'identity_login', USER)
  expect(reply).toMatchObject({ failure: { errorType: 'TypeError' } })
})

it('userDeleted cannot deny, and always answers 200', async () => {
  const source =
    "export default { userDeleted: (e) => { console.log('deny' in e); return { user: e.user } } }"
  await using runtime = await startFunction(source)
  const reply = await runtime.fetch('/', {
    method: 'POST',
    headers: { 'x-netlify-event': 'identity_userdeleted' },
    body: JSON.stringify(USER),
  })
  expect(reply).toMatchObject({ status: 200, body: '' })
  expect(await runtime.stdout.waitFor(/true|false/)).toContain('false')
})

it('formSubmitted sees the data only', async () => {
  const source = 'export default { formSubmitted: (event) => console.log(JSON.stringify(event)) }'
  await using runtime = await startFunction(source)
  await runtime.fetch('/', {
    method: 'POST',
    headers: { 'x-netlify-event': 'submission_created' },
    body: JSON.stringify({ payload: { data: { name: 'Ann' }, email: 'x' } }),
  })
  expect(await runtime.stdout.waitFor(/data/)).toContain('{"data":{"name":"Ann"}}')
})

it('what an event handler throws fails the invocation', async () => {
  const source = "export default { deploySucceeded() { throw new RangeError('no') } }"
  expect(await deliver(source, 'deploy_succeeded', DEPLOY)).toMatchObject({
    failure: { errorType: 'RangeError', phase: 'handler' },
  })
})

it('case 142: to a default function an event is an ordinary POST', async () => {
  const source = "export default async (r) => new Response(r.method + r.headers.get('x-netlify-event'))"
  expect(await deliver(source, 'deploy_succeeded', DEPLOY)).toMatchObject({ body: 'POSTdeploy_succeeded' })
})

it('an event that nobody subscribed, or nobody knows, reaches fetch', async () => {
  const source = "export default { fetch: () => new Response('fetched') }"
  expect(await deliver(source, 'deploy_succeeded', DEPLOY)).toMatchObject({ body: 'fetched' })
  expect(await deliver(source, 'toString', DEPLOY)).toMatchObject({ body: 'fetched' })
})

it('case 143: an object without the handler and without fetch is a TypeError', async () => {
  expect(await deliver('export default { userLogin() {} }', 'deploy_succeeded', DEPLOY)).toMatchObject({
    failure: { errorType: 'TypeError' },
  })
})
