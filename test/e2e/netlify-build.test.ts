// What Netlify's tools leave in a project, served: the shape of @netlify/plugin-nextjs 5.16 without Next.js, whose own
// app is test/e2e/frameworks/next.test.ts.
import { rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ask } from '../helpers/http.ts'
import { writeProject } from '../helpers/project-files.ts'
import { type Roost, runRoost, startRoost } from '../helpers/roost.ts'

const ROOT = '.netlify/functions-internal/server'
/** Answers with a file of its root and with a blob of its deploy; a POST writes the blob. */
const SERVER = `import { readFileSync } from 'node:fs'
export default async (request) => {
  const { edgeURL, token, siteID, deployID } = JSON.parse(atob(process.env.NETLIFY_BLOBS_CONTEXT))
  const blob = (init) => fetch(\`\${edgeURL}/\${siteID}/deploy:\${deployID}/page\`,
    { ...init, headers: { authorization: 'Bearer ' + token } })
  if (request.method === 'POST') await blob({ method: 'PUT', body: await request.text() })
  return new Response(readFileSync('.next/BUILD_ID') + ' ' + await (await blob()).text() + ' ' + deployID)
}
export const config = { path: '/*', preferStatic: true }
`

/** The component, with the app's configuration and the defaults, as it stands in the browser's code of Next.js 16. */
const NEXT_IMAGE =
  'path:"/_next/image",loader:"default",dangerouslyAllowSVG:!1,unoptimized:!1};' +
  'path:"/_next/image",loader:"default",loaderFile:"",domains:[],unoptimized:!1};"data-nimg"'

const PROJECT = {
  'netlify.toml': '[build]\npublish = ".next"\n',
  [`${ROOT}/server.mjs`]: SERVER,
  [`${ROOT}/server.json`]: JSON.stringify({
    version: 1,
    config: { nodeBundler: 'none', includedFiles: ['**'], includedFilesBasePath: ROOT },
  }),
  [`${ROOT}/.next/BUILD_ID`]: 'b1',
  '.netlify/edge-functions/manifest.json': '{"version":1,"functions":[]}',
  '.netlify/static/robots.txt': 'robots',
  '.netlify/static/_next/static/chunks/a1.js': NEXT_IMAGE,
  '.netlify/deploy/v1/blobs/deploy/page': 'written by the build',
  '.next/BUILD_ID': 'b1',
  '.next/required-server-files.json': '{}',
  '.next/trace': 'trace',
}

const serve = (dir: string, ...flags: string[]): Promise<Roost> =>
  startRoost(['serve', dir, '--port', '0', ...flags])
const get = async (roost: Roost, path: string) => {
  const { status, body, headers } = await ask(roost.url + path)
  return [status, body, headers['cache-control']]
}
const NO_REUSE = 'public, max-age=0, must-revalidate'

describe('a project as the Next.js plugin leaves it', () => {
  it('one command: the function in its root, .netlify/static, blobs of the deploy', async () => {
    const dir = await writeProject({
      ...PROJECT,
      'netlify/functions/mine.mjs': 'export default () => new Response("mine")',
    })
    await using roost = await serve(dir)
    expect((await ask(`${roost.url}/about`)).body).toMatch(/^b1 written by the build [0-9a-f]{24}$/)
    expect(await get(roost, '/robots.txt')).toEqual([200, 'robots', NO_REUSE])
    expect((await get(roost, '/_next/static/chunks/a1.js'))[2]).toBe('public, max-age=31536000, immutable')
    expect((await get(roost, '/.netlify/functions/mine'))[1]).toBe('mine')
    for (const path of ['/trace', '/required-server-files.json', '/BUILD_ID', '/.next/trace'])
      expect((await ask(roost.url + path)).body, path).toMatch(/^b1 /)
    expect(roost.stderr.text.match(/images\.unoptimized/g)).toHaveLength(1)
    expect(roost.stderr.text).toContain(
      'The files in .netlify/static are served, in place of [build] publish.',
    )
    expect((await runRoost(['check', dir])).stdout).toMatch(/IMAGE_CDN_NOT_OFFERED.*\n.*images\.unoptimized/)
  })

  it('nothing is said of images where their optimizer is off, or no page has one', async () => {
    const chunk = NEXT_IMAGE.replace('unoptimized:!1', 'unoptimized:!0')
    await using roost = await serve(
      await writeProject({ ...PROJECT, '.netlify/static/_next/static/chunks/a1.js': chunk }),
    )
    expect(roost.stderr.text).not.toContain('images.unoptimized')
    const withoutComponent = NEXT_IMAGE.replace('data-nimg', '')
    const dir = await writeProject({
      ...PROJECT,
      '.netlify/static/_next/static/chunks/a1.js': withoutComponent,
    })
    await using other = await serve(dir)
    expect(other.stderr.text).not.toContain('images.unoptimized')
  })

  it('a restart keeps what functions have written; another build is another deploy', async () => {
    const dir = await writeProject(PROJECT)
    const first = await serve(dir)
    const { body } = await ask(`${first.url}/`, { method: 'POST', body: 'renewed' })
    expect(body).toMatch(/^b1 renewed /)
    await first.stop()
    const second = await serve(dir)
    expect((await ask(`${second.url}/`)).body).toBe(body)
    await second.stop()
    await writeFile(join(dir, '.netlify/deploy/v1/blobs/deploy/page'), 'the next build')
    await using third = await serve(dir)
    const next = (await ask(`${third.url}/`)).body
    expect(next).toMatch(/^b1 the next build /)
    expect(next.slice(-24)).not.toBe(body.slice(-24))
  })

  it.each([
    ['configured', []],
    ['with --dir', ['--dir']],
    ['under another name', []],
  ])('what "next build" made is never published: %s', async (how, flags) => {
    const name = how === 'under another name' ? 'build' : '.next'
    const dir = await writeProject({
      'netlify.toml': `[build]\npublish = "${name}"\n`,
      [`${name}/BUILD_ID`]: 'b1',
      [`${name}/required-server-files.json`]: '{}',
      [`${name}/static/a.js`]: '',
      'netlify/functions/mine.mjs': 'export default () => new Response("mine")',
    })
    await using roost = await serve(dir, ...flags.flatMap((flag) => [flag, join(dir, name)]))
    for (const path of ['/required-server-files.json', '/BUILD_ID', '/static/a.js'])
      expect((await get(roost, path))[0], path).toBe(404)
    expect(roost.stderr.text).toMatch(/No static files are served: .* is what "next build" made/)
  })
})

describe('--prebuilt', () => {
  const MINE = { 'netlify/functions/mine.mjs': 'export default () => new Response("by Roost")' }
  /** As zip-it-and-ship-it lays out a folder, with the time at which it says it was built. */
  const theirs = (timestamp: number) => ({
    '.netlify/functions/mine/___netlify-entry-point.mjs':
      "import * as bootstrap from './___netlify-bootstrap.mjs';export const handler = bootstrap.getLambdaHandler('./mine.mjs')",
    '.netlify/functions/mine/mine.mjs': 'export default () => new Response("by Netlify")',
    '.netlify/functions/manifest.json': JSON.stringify({
      version: 1,
      timestamp,
      functions: [{ name: 'mine', path: '/x/mine', runtime: 'js' }],
    }),
  })
  const HOUR = 3_600_000

  it.each([
    [
      'the newer one: Netlify',
      '--prebuilt',
      Date.now(),
      'by Netlify',
      /the build by Netlify's tools in \.netlify\/functions, \d+ \w+ old\. The one by Roost is 1 day old: --prebuilt=roost/,
    ],
    [
      'the newer one: Roost',
      '--prebuilt',
      Date.now() - 48 * HOUR,
      'by Roost',
      /the build by Roost in \.netlify\/roost\/build, 1 day old\. The one by Netlify's tools is 2 days old/,
    ],
    ['the one asked for: Netlify', '--prebuilt=netlify', Date.now() - 48 * HOUR, 'by Netlify', /2 days old/],
    ['the one asked for: Roost', '--prebuilt=roost', Date.now(), 'by Roost', /1 day old/],
  ])('serves %s', async (_, flag, timestamp, expected, note) => {
    const dir = await writeProject({ ...MINE, ...theirs(timestamp) })
    expect((await runRoost(['build', dir])).code).toBe(0)
    const yesterday = new Date(Date.now() - 25 * HOUR)
    await utimes(join(dir, '.netlify/roost/build/manifest.json'), yesterday, yesterday)
    await using roost = await serve(dir, flag)
    expect((await get(roost, '/.netlify/functions/mine'))[1]).toBe(expected)
    expect(roost.stderr.text).toMatch(note)
  })

  it('names what is missing', async () => {
    const dir = await writeProject({ ...MINE, ...theirs(0) })
    const { code, stderr } = await runRoost(['serve', dir, '--prebuilt=roost', '--port', '0'])
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/ARTIFACT_INVALID.*--prebuilt=roost: .* does not hold a build/),
    ])
    await rm(join(dir, '.netlify/functions'), { recursive: true })
    const other = await runRoost(['serve', dir, '--prebuilt=netlify', '--port', '0'])
    expect(other.stderr).toMatch(/--prebuilt=netlify: .*\.netlify\/functions does not hold a build/)
    expect((await runRoost(['serve', dir, '--prebuilt=vercel', '--port', '0'])).code).toBe(2)
  })

  it('a plain serve builds the sources, also beside a newer build by Netlify, and says so', async () => {
    const dir = await writeProject({ ...MINE, ...theirs(Date.now()) })
    await using roost = await serve(dir)
    expect((await get(roost, '/.netlify/functions/mine'))[1]).toBe('by Roost')
    expect(roost.stderr.text).toMatch(
      /\.netlify holds a build by Netlify's tools, \d+ \w+ old\..*--prebuilt=netlify/,
    )
  })
})

describe('edge functions: a guard that is skipped is an open door', () => {
  const GUARDED = {
    'netlify/edge-functions/auth.ts': 'export default () => new Response("no", { status: 401 })',
    'netlify.toml': '[[edge_functions]]\npath = "/*"\nfunction = "auth"\n',
    'netlify/functions/secret.mjs': 'export default () => new Response("secret")',
  }
  const WORDS = [
    'netlify/edge-functions holds edge functions (auth.ts). Edge functions and middleware do not run here',
    'netlify.toml:1 declares edge functions. Edge functions and middleware do not run here',
  ]

  it('serve, check and build say the same words; serve does not start', async () => {
    const dir = await writeProject(GUARDED)
    const [served, checked, built] = [
      await runRoost(['serve', dir, '--port', '0']),
      await runRoost(['check', dir]),
      await runRoost(['build', dir]),
    ]
    expect([served.code, checked.code, built.code]).toEqual([1, 3, 0])
    for (const text of WORDS)
      for (const output of [served.stderr, checked.stdout, built.stderr]) expect(output).toContain(text)
    expect(served.stderr).toContain('NOT_OFFERED')
    expect(served.stderr).toContain('--ignore-edge-functions')
    expect(served.stderr).not.toContain('Roost ready')
  })

  it('--ignore-edge-functions starts it, and names them', async () => {
    await using roost = await serve(await writeProject(GUARDED), '--ignore-edge-functions')
    expect((await get(roost, '/.netlify/functions/secret'))[1]).toBe('secret')
    for (const text of WORDS) expect(roost.stderr.text).toContain(text)
  })

  it('a prebuilt artifact of such a project does not start either, whatever became of the sources', async () => {
    const dir = await writeProject(GUARDED)
    await runRoost(['build', dir])
    await rm(join(dir, 'netlify/edge-functions'), { recursive: true })
    await writeFile(join(dir, 'netlify.toml'), '')
    const { code, stderr } = await runRoost(['serve', dir, '--prebuilt', '--port', '0'])
    expect(code).toBe(1)
    for (const text of WORDS) expect(stderr).toContain(`When this was built: ${text}`)
    await using roost = await serve(dir, '--prebuilt', '--ignore-edge-functions')
    expect(roost.stderr.text).toContain(WORDS[0])
  })

  it('nor does a build by Netlify whose manifest declares some, or cannot be read', async () => {
    for (const manifest of ['{"version":1,"functions":[{"function":"middleware","pattern":".*"}]}', '{']) {
      const dir = await writeProject({ ...PROJECT, '.netlify/edge-functions/manifest.json': manifest })
      const { code, stderr } = await runRoost(['serve', dir, '--port', '0'])
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/NOT_OFFERED.*\.netlify\/edge-functions\/manifest\.json .*declare/),
      ])
    }
  })
})
