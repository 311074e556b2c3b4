// `roost check` as a command: what is printed where, and the exit code.
import { describe, expect, it } from 'vitest'
import { writeProject } from '../helpers/project-files.ts'
import { runRoost } from '../helpers/roost.ts'

const HELLO = 'export default async () => new Response("hello")\n'

describe('roost check', () => {
  it('finds nothing in the tour, and exits with 0', async () => {
    const flags = ['--env-file', 'examples/tour/.env.tour']
    const { code, stdout, stderr } = await runRoost(['check', 'examples/tour', ...flags])
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toMatch(/^Nothing found in \d+ functions\.$/m)
  })

  it('prints findings on stdout, and exits with 3', async () => {
    const dir = await writeProject({
      'netlify.toml': '[build.environment]\nKEY = "x"\n',
      'netlify/functions/a.mts': `${HELLO}console.log(process.env.KEY)\n`,
    })
    const { code, stdout, stderr } = await runRoost(['check', dir])
    expect(code).toBe(3)
    expect(stdout).toMatch(
      /^TOML_VARIABLE_READ, on Netlify and here\n {2}netlify\/functions\/a\.mts:2 reads KEY, which netlify\.toml:2 sets/,
    )
    expect(stderr).toMatch(/^1 finding in 1 function\. What each code means: docs\/reference\/findings\.md$/m)
    const given = await writeProject({ '.env': 'KEY=y\n' })
    expect(await runRoost(['check', dir, '--env-file', `${given}/.env`])).toMatchObject({
      code: 0,
      stdout: '',
    })
  })

  it('shows twenty of a kind, says how many more there are, and lists all with --json', async () => {
    const rules = Array.from({ length: 25 }, (_, i) => `/old-${i} /gone-${i} 200`).join('\n')
    const dir = await writeProject({
      'netlify.toml': '[build]\npublish = "public"\n',
      'netlify/functions/a.mts': HELLO,
      'public/index.html': 'home',
      'public/_redirects': rules,
    })
    const { code, stdout, stderr } = await runRoost(['check', dir])
    expect(code).toBe(3)
    expect(stdout.match(/^REDIRECT_TARGET_MISSING, /gm)).toHaveLength(20)
    expect(stdout).toContain('REDIRECT_TARGET_MISSING\n  5 more of this kind: roost check --json lists all.')
    expect(stderr).toContain('25 findings in 1 function')
    const { findings } = JSON.parse((await runRoost(['check', dir, '--json'])).stdout)
    expect(findings).toHaveLength(25)
  })

  it('--json gives one object', async () => {
    const source = `${HELLO}export const config = { path: '/a' } as const\n`
    const dir = await writeProject({ 'netlify/functions/a.mts': source })
    const { code, stdout } = await runRoost(['check', dir, '--json'])
    expect(code).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({
      functions: 1,
      findings: [
        {
          code: 'CONFIG_UNREAD_ON_NETLIFY',
          where: 'netlify',
          functionName: 'a',
          file: `${dir}/netlify/functions/a.mts`,
          line: 2,
        },
      ],
    })
  })

  it('says everything that a start would say of the project', async () => {
    const dir = await writeProject({
      'netlify.toml':
        '[build]\npublish = "dist"\ncommand = "make site"\n[[redirects]]\nfrom = "/a"\nto = "/b"\n',
      'netlify/functions/nightly.mts': `${HELLO}export const config = { schedule: '@daily' }\n`,
      'netlify/functions/work-background.mts': HELLO,
      'netlify/functions/old.mts': `${HELLO}export const config = { nodeVersion: '20' }\n`,
    })
    const { code, stdout } = await runRoost(['check', dir, '--json'], { env: { XDG_CACHE_HOME: dir } })
    expect(code).toBe(3)
    const { findings, notes } = JSON.parse(stdout) as { findings: { code: string }[]; notes: string[] }
    const codes = findings.map((each) => each.code)
    expect(codes).toEqual(expect.arrayContaining(['PUBLISH_DIR_MISSING', 'SCHEDULE_NOT_FIRED']))
    expect(notes).toEqual([
      expect.stringMatching(/^Background runs are kept in memory: .*\(work-background\)/),
      expect.stringMatching(/^No static files are served: .*dist does not exist\. Run "make site" first/),
      expect.stringMatching(/^The first start downloads Node 20\.[\d.]+ from the npm registry \(old\)\.$/),
    ])
  })

  it('prints notes apart from findings, and still exits with 0', async () => {
    const dir = await writeProject({ 'netlify/functions/hello.mts': HELLO })
    const { code, stdout, stderr } = await runRoost(['check', dir])
    expect([code, stdout]).toEqual([0, ''])
    expect(stderr).toMatch(/^note No static files are served.*\nNothing found in 1 function\.$/m)
  })

  it('exits with 1 when there is nothing to check', async () => {
    const { code, stderr } = await runRoost(['check', `${await writeProject({})}/nowhere`])
    expect(code).toBe(1)
    expect(stderr).toContain('PROJECT_NOT_FOUND')
  })
})
