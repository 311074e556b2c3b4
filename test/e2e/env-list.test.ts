import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseEnvFile } from '../../src/base/settings/index.ts'
import { ask } from '../helpers/http.ts'
import { writeProject } from '../helpers/project-files.ts'
import { runRoost, startRoost } from '../helpers/roost.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

const PROJECT = 'test/fixtures/environment'
const FILES = ['--env-file', `${PROJECT}/first.env`, '--env-file', `${PROJECT}/second.env`]
const FLAGS = [...FILES, '--env', 'FROM_FILE_AND_FLAG=flag value', '--env', 'PASSED_ON', '--env', 'TZ=CET']
const env = { PASSED_ON: 'by name' }

const list = async (...args: string[]): Promise<string> => {
  const { code, stdout } = await runRoost(['env:list', PROJECT, ...FLAGS, ...args], { env })
  expect(code).toBe(0)
  return stdout
}

// D59, D7, D88.
describe('roost env:list', () => {
  it('--json names what a function of a server with the same flags sees, with the same values', async () => {
    await using roost = await startRoost(['serve', PROJECT, '--port', '0', ...FLAGS], { env })
    const seen = JSON.parse((await ask(`${roost.url}/.netlify/functions/environment`)).body)
    const listed = JSON.parse(await list('--json')) as Record<string, string | null>
    expect(Object.keys(listed).toSorted()).toEqual(Object.keys(seen).toSorted())
    const known = Object.entries(listed).filter(([, value]) => value !== null)
    expect(seen).toMatchObject(Object.fromEntries(known))
    expect(Object.keys(listed).filter((name) => listed[name] === null)).toEqual([
      'URL',
      'AWS_LAMBDA_FUNCTION_NAME',
      'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
      'LAMBDA_TASK_ROOT',
      'NETLIFY_BLOBS_CONTEXT',
      'NETLIFY_PURGE_API_TOKEN',
    ])
  })

  it('hides from people what was given, and every secret', async () => {
    const table = await list()
    expect(table).toMatch(/^FROM_BOTH +\*{4}$/m)
    expect(table).toMatch(/^TZ +\*{4}$/m)
    expect(table).toMatch(/^NETLIFY_BLOBS_CONTEXT +\*{4} \(of each instance\)$/m)
    expect(table).toMatch(/^SITE_NAME +environment$/m)
    for (const value of ['second', 'flag value', 'by name', 'CET']) expect(table).not.toContain(value)
    expect(table).not.toContain('FROM_TOML')
  })

  it('--origin says where each comes from, and what of netlify.toml functions do not see', async () => {
    const table = await list('--origin')
    for (const [name, origin] of [
      ['FROM_FIRST_FILE', `--env-file ${PROJECT}/first.env:1`],
      ['FROM_BOTH', `--env-file ${PROJECT}/second.env:1`],
      ['FROM_FILE_AND_FLAG', '--env NAME=VALUE'],
      ['PASSED_ON', "--env NAME, of this shell's environment"],
      ['TZ', '--env NAME=VALUE'],
      ['SITE_ID', 'Roost'],
      ['FROM_TOML', 'netlify.toml:2, for builds only'],
    ])
      expect(table.split('\n').find((line) => line.startsWith(`${name} `))).toMatch(
        new RegExp(`  ${origin}$`),
      )
    const json = JSON.parse(await list('--origin', '--json', '--url', 'https://site.example')) as unknown[]
    expect(json).toContainEqual({
      name: 'FROM_BOTH',
      value: 'second',
      origin: { kind: 'file', file: `${PROJECT}/second.env`, line: 1 },
    })
    expect(json).toContainEqual({
      name: 'URL',
      value: 'https://site.example',
      origin: { kind: 'roost', each: false },
    })
  })

  it('--plain writes what was given as --env-file reads it', async () => {
    const file = join(temporaryFolder('env'), 'odd.env')
    const values = { A: '', B: 'a b # c', C: 'two\nlines', D: `it's`, E: '$HOME\\n', F: `'"` }
    const text = `A=\nB='a b # c'\nC="two\nlines"\nD="it's"\nE='$HOME\\n'\nF=\`'"\`\n`
    writeFileSync(file, text)
    expect(parseEnvFile(text, file).values).toEqual(values)
    const { stdout } = await runRoost(['env:list', PROJECT, '--env-file', file, '--plain'])
    expect(parseEnvFile(stdout, 'stdout').values).toEqual(values)
  })

  it('--plain writes no line that --env-file would read as another value', async () => {
    const values = { A: '\'`"', B: "'`\\n", C: 'a\rb', D: 'a\nX=1', E: '\\n"', F: ' \\ ', G: '\u001b[31m' }
    const flags = Object.entries(values).flatMap(([name, value]) => ['--env', `${name}=${value}`])
    const { code, stdout, stderr } = await runRoost(['env:list', PROJECT, ...flags, '--plain'])
    const written = parseEnvFile(stdout, 'stdout').values
    const { A, B, C, ...others } = values
    expect(written).toEqual(others)
    for (const name of ['A', 'B', 'C'])
      expect(stderr).toContain(`${name} is left out: no line of an --env-file can hold its value.`)
    expect(stderr).not.toContain(A)
    expect(code).toBe(0)
  })

  it('a context has its own variables for builds', async () => {
    const dir = await writeProject({
      'netlify/functions/a.mjs': 'export default () => {}',
      'netlify.toml':
        '[build.environment]\nA = "1"\n[context.staging.environment]\nA = "2"\nB = "2"\n[context.other.environment]\nC = "3"\n',
    })
    const { stdout } = await runRoost(['env:list', dir, '--origin', '--context', 'staging'])
    expect(stdout.match(/^\w .*$/gm)!.map((line) => line.replace(/ +/g, ' '))).toEqual([
      'A (not seen) netlify.toml:4, for builds only',
      'B (not seen) netlify.toml:5, for builds only',
    ])
    const { stderr } = await runRoost(['env:list', dir, '--context', 'staging'])
    expect(stderr).toContain('netlify.toml sets variables for builds, which functions do not see: A, B.')
  })

  it.each([[['--json', '--plain']], [['--env', 'NOT_EXPORTED']]])('%j is a usage error', async (args) => {
    expect(await runRoost(['env:list', PROJECT, ...args])).toMatchObject({ code: 2 })
  })
})
