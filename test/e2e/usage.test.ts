// A command that is called wrongly ends with 2 everywhere (D19); what is wrong in a file is shown where it stands.
import { describe, expect, it } from 'vitest'
import { writeProject } from '../helpers/project-files.ts'
import { runRoost } from '../helpers/roost.ts'

const SMALLEST = 'test/fixtures/smallest'

describe('a usage error', () => {
  it.each([
    ['an unknown command', ['sreve']],
    ['an unknown flag', ['serve', SMALLEST, '--prot', '1']],
    ['an unknown flag of check', ['check', '--nope']],
    ['a flag without its value', ['serve', '--port']],
    ['a port that is not a number', ['serve', SMALLEST, '--port', 'abc']],
    ['a sandbox that does not exist', ['serve', SMALLEST, '--sandbox', 'box']],
    ['a variable without a name', ['serve', SMALLEST, '--env', '=1']],
    ['a variable that this shell does not have', ['serve', SMALLEST, '--env', 'ROOST_TEST_ABSENT']],
    ['an env file that does not exist', ['serve', SMALLEST, '--env-file', 'nowhere.env']],
    ['an env file that is a folder', ['check', SMALLEST, '--env-file', 'test']],
    ['a settings file that does not exist', ['serve', SMALLEST, '--config', 'nowhere.toml']],
    ['too many arguments', ['build', 'a', 'b']],
    ['a missing argument', ['runtimes', 'install']],
  ])('%s: exit code 2, as text and as JSON', async (_what, args) => {
    // Without the -- Node looks for an --env-file itself, and ends with a message of its own.
    const nodeArgs = ['--']
    const text = await runRoost(args, { nodeArgs })
    expect([text.code, text.stdout], text.stderr).toEqual([2, ''])
    expect(text.stderr).toMatch(/^error/)
    const json = await runRoost([...args, '--json'], { nodeArgs })
    if (args.at(-1) === '--port') return // it takes --json for its value
    expect([json.code, json.stdout], json.stderr).toEqual([2, ''])
    const lines = json.stderr.split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ event: 'failed', level: 'error', code: expect.any(String) }),
    ])
  })

  it('is not one when the value stands in a variable', async () => {
    const { code } = await runRoost(['serve', SMALLEST], { env: { ROOST_PORT: 'abc' } })
    expect(code).toBe(1)
  })
})

describe('what is wrong in a file is shown where it stands', () => {
  it('a syntax error of a function: the line and a caret', async () => {
    const { stderr } = await runRoost(['serve', 'test/fixtures/broken-functions', '--port', '0'])
    expect(stderr).toMatch(/missing-bracket\.mts:3:1\)\.\n {2}3 \| }\n {4}\| \^/)
  })

  it('a netlify.toml that is not TOML', async () => {
    const { stderr } = await runRoost(['serve', 'test/fixtures/broken-toml', '--port', '0'])
    expect(stderr).toMatch(/netlify\.toml:4:\d+ .*\n {2}4 \| .*\n {4}\| *\^/)
  })

  it('roost.toml: each problem with its line, and what was meant', async () => {
    const dir = await writeProject({
      'netlify/functions/hello.mjs': 'export default () => new Response("hello")\n',
      'roost.toml': 'prot = 8080\nfront = "lien"\nsync_timeout_ms = 1\n[limits]\nsync_timout_ms = 1000\n',
    })
    const { code, stderr } = await runRoost(['serve', dir, '--port', '0'])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /roost\.toml:1: "prot" is not a setting\. Did you mean "port"\?\n {2}1 \| prot = 8080\n {4}\| \^/,
    )
    expect(stderr).toMatch(/roost\.toml:2: front: expected lean or node, found "lien"/)
    expect(stderr).toMatch(/roost\.toml:3: "sync_timeout_ms" is not a setting\. It belongs under \[limits\]/)
    expect(stderr).toMatch(
      /roost\.toml:5: "limits\.sync_timout_ms" is not a setting\. Did you mean "sync_timeout_ms"\?/,
    )
  })

  it('a roost.toml that is not TOML', async () => {
    const dir = await writeProject({ 'roost.toml': 'port = 8080\nhost: local\n' })
    const { code, stderr } = await runRoost(['serve', dir])
    expect(code).toBe(1)
    expect(stderr).toMatch(/SETTING_INVALID: .*roost\.toml:2:\d+ is not valid TOML/)
    expect(stderr).toMatch(/2 \| host: local\n +\| *\^/)
  })
})
