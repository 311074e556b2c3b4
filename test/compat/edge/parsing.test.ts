// dev-and-edge.md §2.1–2.3, §4.1: what a build reads of a project's rules, from the file to the manifest.
import { describe, expect, it } from 'vitest'
import type { HeaderRule, RedirectRule, SiteRules } from '../../../src/artifact/rules/index.ts'
import { buildProject } from '../../../src/builder/pipeline/index.ts'
import { type ProjectFiles, writeProject } from '../../helpers/project-files.ts'
import { refusalsOf } from '../../helpers/project-reading.ts'

const PUBLISH = '[build]\npublish = "public"\n'

interface Reading extends SiteRules {
  /** `CODE file:line: message` */
  warnings: string[]
}

async function buildRules(files: ProjectFiles, options: { publishDir?: string } = {}): Promise<Reading> {
  const dir = await writeProject({ 'netlify.toml': PUBLISH, 'public/index.html': 'home', ...files })
  const { manifest, warnings } = await buildProject({ dir, ...options })
  for (const { file, line, message } of warnings)
    if (line !== undefined) expect(message).toContain(`${file!.slice(dir.length + 1)}:${line}: `)
  return { ...manifest.rules!, warnings: warnings.map(({ code, message }) => `${code} ${message}`) }
}

const ofFile = (text: string): Promise<Reading> => buildRules({ 'public/_redirects': text })
const ofToml = (text: string): Promise<Reading> => buildRules({ 'netlify.toml': `${PUBLISH}${text}` })
const headersOf = (text: string): Promise<Reading> => buildRules({ 'public/_headers': text })

function redirect(from: string, to: string, own: Partial<RedirectRule> = {}): Partial<RedirectRule> {
  return { from, to, status: 301, force: false, query: {}, conditions: {}, headers: {}, ...own }
}

/** Rules without their places. */
function bare(rules: readonly (RedirectRule | HeaderRule)[]): object[] {
  return rules.map(({ source: _, ...rule }) => rule)
}

function places({ redirects, headers }: SiteRules): string[] {
  return [...redirects, ...headers].map(({ source: { file, line, number } }) =>
    line === undefined ? `${file} ${number}` : `${file}:${line}`,
  )
}

describe('_redirects', () => {
  it('case 1: comments, tabs, blank lines, carriage returns; rules in their order with their lines', async () => {
    const rules = await ofFile(
      '# moved in May\r\n\r\n\t/a\t/b   302\r\n   /c /d # not yet /e\n/f /g 301 #x\n   # end',
    )
    expect(bare(rules.redirects)).toEqual([
      redirect('/a', '/b', { status: 302 }),
      redirect('/c', '/d'),
      redirect('/f', '/g'),
    ])
    expect(places(rules)).toEqual(['public/_redirects:3', 'public/_redirects:4', 'public/_redirects:5'])
    expect(rules.warnings).toEqual([])
  })

  it.each([
    ['case 2', '/a /b', redirect('/a', '/b')],
    ['case 3', '/a /b 200!', redirect('/a', '/b', { status: 200, force: true })],
    [
      'case 4',
      '/blog post=:post_id /blog/:post_id 301',
      redirect('/blog', '/blog/:post_id', { query: { post: ':post_id' } }),
    ],
    ['case 5', '/a/* 200', redirect('/a/*', '/a/:splat', { status: 200 })],
    [
      'case 5',
      '/a/* 200! Country=us',
      redirect('/a/*', '/a/:splat', { status: 200, force: true, conditions: { country: ['us'] } }),
    ],
    [
      'case 13',
      '/a /b 302 Language=en,de Country=us',
      redirect('/a', '/b', { status: 302, conditions: { language: ['en', 'de'], country: ['us'] } }),
    ],
    [
      '§2.1',
      '/a /b 200 Cookie=one,two ROLE=admin',
      redirect('/a', '/b', { status: 200, conditions: { cookie: ['one', 'two'], role: ['admin'] } }),
    ],
    [
      '§2.6',
      '/a /b 200 Weather=fine',
      redirect('/a', '/b', { status: 200, conditions: { unknown: ['Weather'] } }),
    ],
    [
      '§2.1',
      '/a x=1 y=:y /b?z=2&y=:y#end',
      redirect('/a', '/b?z=2&y=:y#end', { query: { x: '1', y: ':y' } }),
    ],
    ['§2.1', '/a /b 301#moved', redirect('/a', '/b')],
    ['§2.1', '/a https://b.test/x=y', redirect('/a', 'https://b.test/x=y')],
    [
      '§2.1',
      'http://www.a.test/* https://a.test/:splat 301!',
      redirect('/*', 'https://a.test/:splat', { origin: 'http://www.a.test', force: true }),
    ],
    ['§2.4', '* /b', redirect('/*', '/b')],
    [
      '§2.10',
      '/a/* https://b.test/:splat 200! Sign=SECRET',
      redirect('/a/*', 'https://b.test/:splat', { status: 200, force: true, signed: 'SECRET' }),
    ],
    ['§2.1', '/a /.netlify/functions/f 200', redirect('/a', '/.netlify/functions/f', { status: 200 })],
  ])('%s: %s', async (_case, line, expected) => {
    const { redirects, warnings } = await ofFile(line)
    expect(bare(redirects)).toEqual([expected])
    expect(warnings).toEqual([])
  })

  it.each([
    ['case 6', '/a 200', 'Missing "to" field'],
    ['case 6', '/a/* 301', 'Missing "to" field'],
    ['case 6', '/a', 'Missing destination path/URL'],
    ['case 7', '/a b', 'The destination path/URL must start with "/", "http:" or "https:"'],
    ['case 8', '/a /b abc', 'Invalid status code: abc'],
    ['case 9', '/.netlify/x /y', '"path" field must not start with "/.netlify"'],
    ['case 9', '.netlify/x /y', '"path" field must not start with "/.netlify"'],
    ['case 9', 'https://a.test/.netlify/x /y', '"path" field must not start with "/.netlify"'],
    ['§2.1', 'http://[a/x /y', 'Invalid URL'],
    ['§2.1', '/a https://[b/x', 'Invalid URL'],
  ])('%s: %s is a warning with its line, the others count', async (_case, line, message) => {
    const { redirects, warnings } = await ofFile(`/first /1\n\n${line}\n/last /2\n`)
    expect(bare(redirects)).toEqual([redirect('/first', '/1'), redirect('/last', '/2')])
    expect(warnings).toEqual([
      expect.stringMatching(/^REDIRECT_UNREADABLE public\/_redirects:3: This redirect/),
    ])
    expect(warnings[0]).toContain(message)
  })

  it('D100: only statuses that make sense', async () => {
    const allowed = [200, 301, 302, 303, 307, 308, 400, 401, 404, 410, 451, 500, 503, 599]
    const others = [-1, 0, 100, 199, 201, 204, 300, 304, 305, 306, 309, 399, 600, 999]
    const lines = [...allowed, ...others].map((status) => `/${status} /x ${status}`)
    const { redirects, warnings } = await ofFile(lines.join('\n'))
    expect(redirects.map(({ status }) => status)).toEqual(allowed)
    expect(warnings.map((text) => text.replace(/:.*/, ''))).toEqual(
      others.map(() => 'REDIRECT_STATUS_UNKNOWN public/_redirects'),
    )
  })

  it('words without "=" are said, and the rule counts without them', async () => {
    const { redirects, warnings } = await ofFile('/my page /b 301 Country\n')
    expect(bare(redirects)).toEqual([redirect('/my', '/b')])
    expect(warnings).toEqual([
      expect.stringContaining('REDIRECT_WORD_IGNORED public/_redirects:1: "page"'),
      expect.stringContaining('REDIRECT_WORD_IGNORED public/_redirects:1: "Country"'),
    ])
  })

  it('case 59: it counts where only the publish directory has one, and not elsewhere; --dir is the publish directory', async () => {
    const files = {
      _redirects: '/root /x',
      'public/_redirects': '/public /x',
      'other/_redirects': '/other /x',
    }
    const froms = ({ redirects }: SiteRules) => redirects.map(({ from }) => from)
    expect(froms(await buildRules(files))).toEqual(['/public'])
    expect(froms(await buildRules(files, { publishDir: 'other' }))).toEqual(['/other'])
    // Without a publish directory it is the base directory, as on Netlify.
    expect(
      froms(
        await buildRules({
          ...files,
          'netlify.toml': '',
          'netlify/functions/a.mts': 'export default () => {}',
        }),
      ),
    ).toEqual(['/root'])
  })

  it('D133: a link that leads out of the repository is not read; what is no file is not there', async () => {
    const refused = await refusalsOf(buildRules({ 'public/_redirects': { link: '/etc/hostname' } }))
    expect(refused).toMatchObject([{ code: 'LINK_OUTSIDE_REPOSITORY' }])
    expect((await buildRules({ 'public/_redirects/': '' })).redirects).toEqual([])
  })
})

describe('[[redirects]]', () => {
  it('case 10: older names of keys', async () => {
    const aliases = [
      'origin = "/a"\nto = "/b"\nparams = {x = ":x"}\nsign = "S"',
      'from = "/a2"\ndestination = "/b"\nparameters = {x = ":x"}\nsigning = "S"',
      'from = "/a3"\nto = "/b"\nquery = {x = ":x"}\nsigned = "S"',
    ]
    const { redirects } = await ofToml(aliases.map((rule) => `[[redirects]]\n${rule}\n`).join(''))
    const own = { query: { x: ':x' }, signed: 'S' }
    expect(bare(redirects)).toEqual(['/a', '/a2', '/a3'].map((from) => redirect(from, '/b', own)))
  })

  it.each([
    ['case 11', 'from = "a"\nto = "b"', redirect('/a', '/b')],
    ['§2.2', 'from = "/a"\nto = " /b"', redirect('/a', '/b')],
    ['§2.2', 'from = "/a/*"\nstatus = 200', redirect('/a/*', '/a/:splat', { status: 200 })],
    [
      '§2.2',
      'from = "/a"\nto = "/b"\nstatus = "200!"\nforce = true',
      redirect('/a', '/b', { status: 200, force: true }),
    ],
    [
      'case 12',
      'from = "/a"\nto = "/b"\nconditions = {country = "US", role = ["Admin"]}',
      redirect('/a', '/b', { conditions: { country: ['US'], role: ['Admin'] } }),
    ],
    [
      'case 12',
      'from = "/a"\nto = "/b"\nconditions = {LANGUAGE = ["en", "de"], Cookie = "a, b"}',
      redirect('/a', '/b', { conditions: { language: ['en', 'de'], cookie: ['a', 'b'] } }),
    ],
    [
      '§2.2',
      'from = "/a"\nto = "https://b.test"\nstatus = 200\n[redirects.headers]\nX-From = "here"',
      redirect('/a', 'https://b.test', { status: 200, headers: { 'X-From': 'here' } }),
    ],
  ])('%s: %s', async (_case, table, expected) => {
    const { redirects, warnings } = await ofToml(`[[redirects]]\n${table}`)
    expect(bare(redirects)).toEqual([expected])
    expect(warnings).toEqual([])
  })

  it.each([
    ['§2.1', 'to = "/b"', 'Missing "from" field'],
    ['case 6', 'from = "/a"', 'Missing "to" field'],
    ['case 8', 'from = "/a"\nto = "/b"\nstatus = "abc"', 'Invalid status code: abc'],
    ['case 8', 'from = "/a"\nto = "/b"\nstatus = ""', 'Invalid status code: '],
    ['case 9', 'from = "/.netlify/a"\nto = "/b"', 'must not start with "/.netlify"'],
    ['§2.2', 'from = "/a"\nto = "/b"\nheaders = "x"', '"headers" must be a table'],
    ['§2.2', 'from = 1\nto = "/b"', '"from" must be text'],
    ['§2.2', 'from = "/a"\nto = ["/b"]\nstatus = 200', '"to" must be text'],
    ['§2.2', 'from = "/a"\nto = "/b"\nforce = "yes"', '"force" must be true or false'],
    ['§2.2', 'from = "/a"\nto = "/b"\nconditions = "x"', '"conditions" must be a table'],
    ['§2.2', 'from = "/a"\nto = "/b"\nquery = {constructor = "x"}', '"constructor" cannot be the name'],
  ])('%s: %s is a warning with its line, the others count', async (_case, table, message) => {
    const { redirects, warnings } = await ofToml(
      `[[redirects]]\nfrom = "/first"\nto = "/1"\n[[redirects]]\n${table}\n[[redirects]]\nfrom = "/last"\nto = "/2"\n`,
    )
    expect(bare(redirects)).toEqual([redirect('/first', '/1'), redirect('/last', '/2')])
    expect(warnings).toEqual([expect.stringMatching(/^REDIRECT_UNREADABLE netlify\.toml:6: This redirect/)])
    expect(warnings[0]).toContain(message)
  })

  it('a rate limit is not applied, which is said', async () => {
    const limit = '[redirects.rate_limit]\nwindow_limit = 2\nwindow_size = 60\naggregate_by = ["ip"]'
    const { redirects, warnings } = await ofToml(`[[redirects]]\nfrom = "/a"\nto = "/b"\n${limit}\n`)
    expect(bare(redirects)).toEqual([redirect('/a', '/b')])
    expect(warnings).toEqual([
      expect.stringMatching(
        /^REDIRECT_RATE_LIMIT_IGNORED netlify\.toml:3: The "rate_limit" of this redirect/,
      ),
    ])
  })
})

it('keys that do not exist are said, as elsewhere in netlify.toml', async () => {
  const rules = await ofToml(
    '[[redirects]]\nfrom = "/a"\nto = "/b"\nstaus = 200\n[[headers]]\nfor = "/a"\nvalues = {X = "1"}\nvalue = 1\n',
  )
  expect(bare(rules.redirects)).toEqual([redirect('/a', '/b')])
  expect(rules.warnings).toEqual([
    expect.stringMatching(/CONFIG_KEY_UNKNOWN netlify\.toml:6: redirects\[0\]\.staus .* mean "status"/),
    expect.stringMatching(/CONFIG_KEY_UNKNOWN netlify\.toml:10: headers\[0\]\.value .* mean "values"/),
  ])
})

describe('order (§2.3)', () => {
  it('case 14: _redirects before netlify.toml; of equal rules the last one stays', async () => {
    const rules = await buildRules({
      'public/_redirects': '/a /b\n/x /y 302\n/c /d\n/c /d 301\n/x /y\n',
      'netlify.toml': `${PUBLISH}[[redirects]]\nfrom = "/e"\nto = "/f"\n[[redirects]]\nfrom = "/a"\nto = "/b"\nforce = false\n`,
    })
    expect(places(rules)).toEqual([
      'public/_redirects:2',
      'public/_redirects:4', // what is not said and what is the default are the same
      'public/_redirects:5',
      'netlify.toml:3',
      'netlify.toml:6',
    ])
  })

  it("build.md §5.5: a framework's rules come last, redirects! first of all", async () => {
    const rules = await buildRules({
      'public/_redirects': '/file /x',
      'netlify.toml': `${PUBLISH}[[redirects]]\nfrom = "/toml"\nto = "/x"\n`,
      '.netlify/v1/config.json': JSON.stringify({
        'redirects!': [{ from: '/first', to: '/x' }, 'none'],
        redirects: [
          { from: '/last', to: '/x', status: 299 },
          { from: '/last', to: '/x' },
        ],
      }),
    })
    expect(rules.redirects.map(({ from }) => from)).toEqual(['/first', '/file', '/toml', '/last'])
    expect(places(rules)[3]).toBe('.netlify/v1/config.json 2')
    expect(rules.warnings).toEqual([
      expect.stringContaining('REDIRECT_UNREADABLE .netlify/v1/config.json, redirect 2: This redirect'),
      expect.stringContaining('REDIRECT_STATUS_UNKNOWN .netlify/v1/config.json, redirect 1: This redirect'),
    ])
  })

  it('D115: what the Next.js plugin writes', async () => {
    const image = { query: { url: ':url', w: ':width', q: ':quality' }, status: 200 }
    const to = '/.netlify/images?url=:url&w=:width&q=:quality'
    const rules = await buildRules({
      '.netlify/v1/config.json': JSON.stringify({
        redirects: [
          { from: '/_next/image', to, ...image },
          { from: '/_ipx/*', to, ...image },
        ],
        headers: [
          { for: '/_next/static/*', values: { 'Cache-Control': 'public, max-age=31536000, immutable' } },
        ],
        images: { remote_images: ['^https://images\\.test'] },
      }),
    })
    expect(bare(rules.redirects)).toEqual([
      redirect('/_next/image', to, image),
      redirect('/_ipx/*', to, image),
    ])
    expect(bare(rules.headers)).toEqual([
      { for: '/_next/static/*', values: [['Cache-Control', 'public, max-age=31536000, immutable']] },
    ])
    expect(rules.warnings).toEqual([])
  })

  it("§1.2: a context's rules are in place of the others, with their own lines", async () => {
    const rules = await ofToml(
      '[[redirects]]\nfrom = "/all"\nto = "/x"\n[[context.production.redirects]]\nfrom = "/production"\nto = "/x"\n',
    )
    expect(rules.redirects.map(({ from }) => from)).toEqual(['/production'])
    expect(places(rules)).toEqual(['netlify.toml:6'])
  })
})

describe('_headers', () => {
  it('cases 17, 18: repeated headers are joined, lines without a colon and comments are nothing, a # later belongs to the value', async () => {
    const rules = await headersOf(
      '# all\n/*\n\tX-A: 1\n  X-A:2\n  no colon\n  Z: 1 # no\n  # Y: 2\n\n/b\n  Link: <https://x.test/a>; rel=preload\r\n/nothing\n/c\n  X-A: a ,b\n',
    )
    expect(bare(rules.headers)).toEqual([
      {
        for: '/*',
        values: [
          ['X-A', '1, 2'],
          ['Z', '1 # no'],
        ],
      },
      { for: '/b', values: [['Link', '<https://x.test/a>; rel=preload']] },
      { for: '/c', values: [['X-A', 'a, b']] },
    ])
    expect(places(rules)).toEqual(['public/_headers:2', 'public/_headers:9', 'public/_headers:12'])
    expect(rules.warnings).toEqual([])
  })

  it.each([
    ['case 15', 'X-Early: 1\n/a\n  X-A: 1', 1, 'Path should come before header "X-Early"'],
    ['case 16', '/a\n  X-A: 1\n  : 2', 3, 'Missing header name'],
    ['case 16', '/a\n  X-A: 1\n\n  X-B:', 4, 'Missing header value'],
    ['§4.2', '/a\n  X-A: 1\n  https://x.test/*', 1, '"https://x.test/*" is a URL'],
    ['§4.1', '/a\n  X-A: 1\n  X B: 2', 1, 'its name has characters'],
    ['§4.1', '/a\n  X-A: 1\n  X-B: naïve ☃', 1, 'its value has characters'],
  ])('%s: %j is a warning with its line, the rest is valid', async (_case, text, line, message) => {
    const { headers, warnings } = await headersOf(text)
    expect(bare(headers)).toEqual([{ for: '/a', values: [['X-A', '1']] }])
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain(`HEADER_RULE_UNREADABLE public/_headers:${line}: `)
    expect(warnings[0]).toContain(message)
  })

  it('§4.4: names that the server sets itself are said; Set-Cookie, Cache-Control, Content-Type are not among them', async () => {
    const ignored =
      `Accept-Ranges Age Allow Alt-Svc Connection Content-Encoding Content-Length Content-Range Date
      Location SERVER trailer Transfer-Encoding Upgrade`.split(/\s+/)
    const names = [...ignored, 'Set-Cookie', 'Cache-Control', 'Content-Type', 'X-Frame-Options']
    const { headers, warnings } = await headersOf(
      `/a\n${names.map((name) => `  ${name}: x`).join('\n')}\n/b\n  Age: 1\n`,
    )
    expect(headers.map((rule) => rule.values.map(([name]) => name))).toEqual([names.slice(-4)])
    expect(warnings.map((text) => text.slice(0, 14))).toEqual([...ignored, 'Age'].map(() => 'HEADER_IGNORED'))
  })

  it('§4.4: Basic-Auth is not a header that is sent; whoever cannot log in is said, and the path stays protected', async () => {
    const { headers, warnings } = await headersOf(
      '/a\n  X-A: 1\n  basic-auth: ada:love  grace:hop:per\n/b\n  Basic-Auth: ada:love\n  Basic-Auth: bob:x\n/c\n  Basic-Auth: nobody\n',
    )
    expect(bare(headers)).toEqual([
      { for: '/a', values: [['X-A', '1']], basicAuth: ['ada:love', 'grace:hop:per'] },
      { for: '/b', values: [], basicAuth: ['ada:love', 'bob:x'] },
      { for: '/c', values: [], basicAuth: ['nobody'] },
    ])
    expect(warnings).toEqual([expect.stringContaining('BASIC_AUTH_INVALID public/_headers:7: ')])
  })

  it('§4.3: project root, publish directory, netlify.toml, in that order; case 71: one file is read once', async () => {
    const toml = '[[headers]]\nfor = "/*"\n[headers.values]\nX-A = "toml"\n'
    const files = { _headers: '/*\n  X-A: root\n', 'netlify.toml': `${PUBLISH}${toml}` }
    const both = await buildRules({ ...files, 'public/_headers': '/*\n  X-A: public\n' })
    expect(both.headers.map(({ values }) => values[0]![1])).toEqual(['root', 'public', 'toml'])
    const one = await buildRules({
      ...files,
      'netlify.toml': `[build]\npublish = "."\n${toml}`,
      'index.html': '',
    })
    expect(places(one)).toEqual(['_headers:1', 'netlify.toml:3'])
  })
})

describe('[[headers]]', () => {
  it('§4.1: lists and texts of several lines become one line', async () => {
    const rules = await ofToml(
      `[[headers]]\nfor = "/a"\n[headers.values]\nX-A = ["1", "2 "]\nCache-Control = '''\nmax-age=0,\n  no-store'''\nCSP = """default-src 'self';\n  img-src *"""\n`,
    )
    expect(bare(rules.headers)).toEqual([
      {
        for: '/a',
        values: [
          ['X-A', '1, 2'],
          ['Cache-Control', 'max-age=0, no-store'],
          ['CSP', "default-src 'self'; img-src *"],
        ],
      },
    ])
    expect(places(rules)).toEqual(['netlify.toml:3'])
  })

  it.each([
    ['for = "/a"\n[headers.values]\nX = 1', 'Header "X" value must be a string not: 1'],
    ['for = "/a"\n[headers.values]\nX = [true]', 'value must be a string not: true'],
    ['for = "/a"\nvalues = "X: 1"', '"values" must be an object not: X: 1'],
    ['[headers.values]\nX = "1"', 'Missing "for" field'],
    ['for = 1\n[headers.values]\nX = "1"', '"for" must be a string not: 1'],
    ['for = "/a"', 'Missing "values" table'],
    ['for = "https://a.test/*"\n[headers.values]\nX = "1"', 'is a URL'],
  ])('§4.1: %j is a warning with its line, the others count', async (table, message) => {
    const { headers, warnings } = await ofToml(
      `[[headers]]\nfor = "/first"\nvalues = {X = "1"}\n[[headers]]\n${table}\n[[headers]]\nfor = "last"\nvalues = {X = "1"}\n`,
    )
    expect(headers.map((rule) => rule.for)).toEqual(['/first', 'last'])
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/^HEADER_RULE_UNREADABLE netlify\.toml:6: /)
    expect(warnings[0]).toContain(message)
  })
})

describe('pretty URLs (§3.4)', () => {
  it.each([
    ['', true],
    ['[build.processing.html]\npretty_urls = true\n', true],
    ['[build.processing.html]\npretty_urls = false\n', false],
    ['[build.processing]\nskip_processing = true\n', false],
    ['[context.production.processing.html]\npretty_urls = false\n', false],
    ['[context.deploy-preview.processing.html]\npretty_urls = false\n', true],
  ])('%j → %s', async (toml, expected) => {
    expect((await ofToml(toml)).prettyUrls).toBe(expected)
  })
})

describe('what a build refuses', () => {
  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://2852039166/:splat',
    'https://[fe80::1]/',
    'http://[::ffff:169.254.169.254]/',
    'http://[fd00:ec2::254]/:splat',
    'http://metadata.google.internal/computeMetadata/v1/*',
  ])('D99: a proxy to %s', async (target) => {
    const refused = await refusalsOf(ofFile(`/a /b\n/meta/* ${target} 200\n`))
    expect(refused).toMatchObject([{ code: 'REDIRECT_TARGET_REFUSED', line: 2 }])
  })

  it('D99: not a redirect there, which the client follows; not other addresses', async () => {
    const { redirects } = await ofFile(
      '/a http://169.254.1.1/ 302\n/b http://10.0.0.1/ 200\n/c http://:sub.example.test/ 200\n/d http://127.0.0.1:3000/ 200\n',
    )
    expect(redirects).toHaveLength(4)
  })

  it('10,000 rules are fine; more rules than the limits are an error, as is a block that would take minutes', async () => {
    const lines = (count: number, write: (i: number) => string) =>
      Array.from({ length: count }, (_, i) => write(i)).join('\n')
    const many = await ofFile(lines(10_000, (i) => `/old/${i} /new/${i}`))
    expect(many.redirects).toHaveLength(10_000)
    expect(many.redirects.at(-1)!.source.line).toBe(10_000)
    const tooMany: ProjectFiles[] = [
      { 'public/_redirects': lines(50_001, (i) => `/old/${i} /new/${i}`) },
      { 'public/_headers': lines(10_001, (i) => `/old/${i}`) },
      { 'public/_headers': `/a\n${lines(201, (i) => `X-${i}: 1`)}` },
      { 'public/_headers': `# ${'x'.repeat(11_000_000)}` },
    ]
    for (const files of tooMany)
      expect(await refusalsOf(buildRules(files))).toMatchObject([{ code: 'RULES_TOO_MANY' }])
  })
})
