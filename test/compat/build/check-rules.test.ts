// `roost check`: redirect and header rules (dev-and-edge.md §2, §4). A fixture for each finding, and rules without the fault.
import { describe, expect, it } from 'vitest'
import type { ProjectFiles } from '../../helpers/project-files.ts'
import { check, type Found } from './check-support.ts'

const HELLO = 'export default async () => new Response("hello")\n'
const at = (path: string, more = '') => `${HELLO}export const config = { path: ${path}${more} }\n`

const FUNCTIONS = {
  'hello.mts': HELLO,
  'api.mts': at('"/api/*"'),
  'post.mts': at('"/post"', ', method: "POST"'),
}
const FILES: ProjectFiles = {
  'netlify.toml': '[build]\npublish = "public"\n',
  'public/index.html': '',
  'public/new.html': '',
  'public/folder/index.html': '',
  'public/a b.html': '',
}

const ofRules = (redirects: string, more: ProjectFiles = {}): Promise<Found[]> =>
  check(FUNCTIONS, { ...FILES, 'public/_redirects': redirects, ...more })
const ofHeaders = (headers: string, redirects = ''): Promise<Found[]> =>
  ofRules(redirects, { 'public/_headers': headers })

describe('REDIRECT_SHADOWED', () => {
  it.each([
    ['/blog/* /new\n/blog/old /folder/'],
    ['/x /new\n/x/ /folder/'],
    ['/:page /new\n/x /folder/'],
    ['/x /new\n/x /folder/ 302 Country=de'],
    ['/x /new 302 Country=de,at\n/x /folder/ 302 Country=at Language=de'],
    ['/x id=:id /new\n/x id=7 b=1 /folder/'],
    ['/x /new\nhttps://a.test/x /folder/'],
    ['/x /new 301!\n/x /folder/ 301!'],
    ['/x /new\n/x /folder/ 410'],
  ])('%j', async (rules) => {
    const found = await ofRules(rules)
    expect(found).toMatchObject([{ code: 'REDIRECT_SHADOWED', at: 'public/_redirects:2', where: 'both' }])
    expect(found[0]!.message).toContain('(public/_redirects:1) stands above it')
  })

  it.each([
    ['/blog/old /new\n/blog/* /folder/'],
    ['/x /new 302 Country=de\n/x /folder/'],
    ['/x id=7 /new\n/x id=:id /folder/'],
    ['/blog/* /new\n/x/* /folder/\n/blogs /new'],
    ['/x /new\n/X /new'],
    ['/:a/b /new\n/:a/* /folder/'],
    ['https://a.test/x /new\n/x /folder/'],
    // Where a file exists the first is passed over.
    ['/x/* /new 200\n/x/y /folder/ 200!'],
    // A redirect does not take the path that it leads to.
    ['/in/* /in/login 302\n/in/login /new 200'],
  ])('not %j', async (rules) => {
    expect(await ofRules(rules)).toEqual([])
  })

  it('by a rule of another file, at its line of netlify.toml', async () => {
    const toml = `${FILES['netlify.toml'] as string}\n[[redirects]]\nfrom = "/x/y"\nto = "/new"\n`
    expect(await ofRules('/x/* /new', { 'netlify.toml': toml })).toMatchObject([
      {
        code: 'REDIRECT_SHADOWED',
        at: 'netlify.toml:4',
        message: expect.stringContaining('netlify.toml:4: ') as string,
      },
    ])
  })
})

describe('REDIRECT_LOOP', () => {
  it.each([
    ['/x /y\n/y /x', 2],
    ['/x /y 302\n/y /z\n/z /x 308', 3],
    ['/x /y/1\n/y/* /x', 2],
    ['/deep/* /deep/down/:splat', 1],
    ['/x /y?a=1\n/y /x?b=1', 2],
    ['/x /y 302 Country=de\n/y /x 302 Country=de', 2],
  ])('%j', async (rules, steps) => {
    const found = await ofRules(rules)
    expect(found).toMatchObject([{ code: 'REDIRECT_LOOP', at: 'public/_redirects:1' }])
    expect(found[0]!.message.match(/→/g)).toHaveLength(steps)
  })

  it.each([
    ['/x /y\n/y /new'],
    ['/x /y 302 Country=de\n/y /x 302 Country=at'],
    // The file is there, the rule that leads back does not apply to it.
    ['/x /new'],
    ['/x/:a/:b /x/:a\n/x/:a /new'],
    ['/old/* https://other.test/:splat\n'],
    ['/in/* /in/login 302\n/in/login /new 200'],
  ])('not %j', async (rules) => {
    expect(await ofRules(rules)).toEqual([])
  })
})

describe('rules without an effect', () => {
  it.each([
    ['REDIRECT_NEVER_APPLIES', '/x /new 302 Contry=de', 'Did you mean "Country"?'],
    ['REDIRECT_NEVER_APPLIES', '/x /new 302 Role=', 'has no values'],
    ['REDIRECT_NEVER_APPLIES', '/x?id=7 /new', 'a path has no "?"'],
    ['REDIRECT_NEVER_APPLIES', '/x*y /new', 'inside a part it is a plain character'],
    ['REDIRECT_NEVER_APPLIES', '/x /x/', 'it leads to itself'],
    ['REDIRECT_NEVER_APPLIES', '/x/* https://x.co:splat', 'decide which server'],
    ['REDIRECT_NEVER_APPLIES', '/x/* /x/:splat 200', 'it leads to itself'],
    ['REDIRECT_TAKEN', '/new /folder/', 'a file has this path'],
    ['REDIRECT_TAKEN', '/ /new 302 Language=de', 'a file has this path'],
    ['REDIRECT_TAKEN', '/new.html /folder/', 'a file has this path'],
    ['REDIRECT_TAKEN', '/a%20b /folder/', 'a file has this path'],
    ['REDIRECT_TAKEN', '/api/x /new 301!', 'the function "api" has this path'],
    ['REDIRECT_TARGET_MISSING', '/x /nwe', 'neither a file nor a function'],
    ['REDIRECT_TARGET_MISSING', '/x/* /gone?x=1#y 404', 'neither a file nor a function'],
    ['REDIRECT_TARGET_MISSING', '/x /.netlify/functions/helo 200', 'Did you mean "hello"?'],
    ['REDIRECT_TARGET_MISSING', '/x/* /.netlify/functions/helo/:splat 200', 'no function "helo"'],
    ['REDIRECT_STATUS_ON_NETLIFY', '/x /new 307', 'Use 302'],
  ])('%s: %s', async (code, rules, message) => {
    const found = await ofRules(rules)
    expect(found).toMatchObject([{ code, at: 'public/_redirects:1' }])
    expect(found[0]!.message).toContain(message)
    expect(found[0]!.where).toBe(code === 'REDIRECT_STATUS_ON_NETLIFY' ? 'netlify' : 'both')
  })

  it.each(['/x* /new', '/y/x* /new', '/:a/x* /new', '/x/* https://:splat.x.co/'])(
    '%s applies',
    async (rule) => {
      expect(await ofRules(rule)).toEqual([])
    },
  )

  it('REDIRECT_TARGET_MISSING: a rewrite to what only another rule has', async () => {
    const found = await ofRules('/x /y 200\n/y /new 200')
    expect(found).toMatchObject([{ code: 'REDIRECT_TARGET_MISSING', at: 'public/_redirects:1' }])
    expect(found[0]!.message).toContain('is not looked up in the rules again')
  })

  it.each([
    ['/x /y 301\n/y /new 200'],
    ['/new /folder/ 301!'],
    ['/* /index.html 200'],
    ['/x /new/\n/y /folder\n/z /a%20b\n/w /'],
    ['/x /.netlify/functions/hello 200\n/y/* /.netlify/functions/:splat 200\n/z /.netlify/identity/x 200'],
    ['/x /api/y?z=1 200\n/y /post 200'],
    ['/x /:splat\n/y/:z /:z'],
    ['/post /new'],
    ['/new /new 200 Role=admin'],
    ['https://a.test/new /folder/'],
  ])('nothing about %j', async (rules) => {
    expect((await ofRules(rules)).filter(({ code }) => code !== 'REDIRECT_SHADOWED')).toEqual([])
  })

  it('nothing about targets when the site has not been built', async () => {
    const toml = '[build]\npublish = "dist"\n'
    const found = await check(FUNCTIONS, { 'netlify.toml': `${toml}[[redirects]]\nfrom = "/x"\nto = "/y"\n` })
    expect(found.map(({ code }) => code)).toEqual(['PUBLISH_DIR_MISSING'])
  })

  it('nothing about what a framework has written for a path that its function has', async () => {
    const config = { redirects: [{ from: '/api/image', to: '/.netlify/functions/hello', status: 200 }] }
    expect(await ofRules('', { '.netlify/v1/config.json': JSON.stringify(config) })).toEqual([])
  })
})

describe('HEADER_RULE_IDLE', () => {
  it.each([
    ['/api/x\n  X-A: 1', '', 'the function "api" responds there'],
    ['/.netlify/functions/*\n  X-A: 1', '', 'functions set their own headers'],
    ['/x\n  X-A: 1', '/x /new', 'a redirect takes this path (public/_redirects:1)'],
    ['/x\n  X-A: 1', '/x /new 200', 'Write "/new"'],
    ['/x\n  X-A: 1', '/x https://other.test/ 200', 'a proxy takes this path'],
  ])('%j with %j', async (headers, redirects, message) => {
    const found = await ofHeaders(headers, redirects)
    expect(found).toMatchObject([{ code: 'HEADER_RULE_IDLE', at: 'public/_headers:1' }])
    expect(found[0]!.message).toContain(message)
  })

  it.each([
    ['/*\n  X-A: 1', '/x /new'],
    ['/new\n  X-A: 1\n/new.html\n  X-A: 1\n/folder/\n  X-A: 1\n/nowhere\n  X-A: 1', ''],
    ['/api/x\n  Basic-Auth: a:b', ''],
    ['/x\n  X-A: 1', '/x /new 302 Country=de'],
    ['/post\n  X-A: 1', ''],
  ])('not %j with %j', async (headers, redirects) => {
    expect(await ofHeaders(headers, redirects)).toEqual([])
  })
})
