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
    expect(stderr).toMatch(/^1 finding in 1 function\./m)
    const given = await writeProject({ '.env': 'KEY=y\n' })
    expect(await runRoost(['check', dir, '--env-file', `${given}/.env`])).toMatchObject({
      code: 0,
      stdout: '',
    })
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

  it('exits with 1 when there is nothing to check', async () => {
    const { code, stderr } = await runRoost(['check', `${await writeProject({})}/nowhere`])
    expect(code).toBe(1)
    expect(stderr).toContain('PROJECT_NOT_FOUND')
  })
})
