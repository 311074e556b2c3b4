import { appendFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RoostError, RoostErrors } from '../../../src/base/errors/index.ts'
import { type Builder, createBuilder } from '../../../src/builder/child/index.ts'
import { buildProject } from '../../../src/builder/pipeline/index.ts'
import { ask } from '../../helpers/http.ts'
import { writeProject } from '../../helpers/project-files.ts'
import { runRoost, startRoost } from '../../helpers/roost.ts'
import { waitFor } from '../../helpers/wait.ts'
import { goHandler, writeGoProject } from './support.ts'

// build.md §16: sources in Go become programs.

const SAYING = (text: string) => goHandler(`\treturn lambda.Reply(200, ${JSON.stringify(text)}), nil`)
const WEB = "export default () => new Response('from TypeScript')"

async function errorsOf(dir: string): Promise<readonly RoostError[]> {
  try {
    await buildProject({ dir })
  } catch (error) {
    return (error as RoostErrors).errors
  }
  throw new Error('it was built')
}

describe('what the compiler says', () => {
  it('every mistake with its file, line and column', async () => {
    const source = 'package main\n\nfunc main() {\n\tundefinedOne()\n\tvar x int = "text"\n}\n'
    const dir = await writeGoProject({ wrong: source })
    const file = join(dir, 'netlify/functions/wrong/main.go')
    const errors = await errorsOf(dir)
    expect(errors.map(({ code, details }) => [code, details.file, details.line, details.column])).toEqual([
      ['BUNDLE_FAILED', file, 4, 2],
      ['BUNDLE_FAILED', file, 5, expect.any(Number)],
    ])
    expect(errors[0]!.message).toContain(`"wrong" does not compile: ${file}:4:2: undefined: undefinedOne`)
    expect(errors[0]!.details.functionName).toBe('wrong')
  }, 120_000)

  it('columns count characters, whatever letters come before', async () => {
    const line = '\tprintln("こんにちは 🙂", undefinedOne)'
    const dir = await writeGoProject({ wrong: `package main\n\nfunc main() {\n${line}\n}\n` })
    const column = line.indexOf('undefinedOne') + 1
    expect((await errorsOf(dir)).map(({ details }) => details.column)).toEqual([column])
  }, 120_000)

  it('a mistake in a package that it imports', async () => {
    const dir = await writeGoProject(
      { fine: SAYING('x') },
      { 'lambda/broken.go': 'package lambda\n\nvar x int = "text"\n' },
    )
    const [error] = await errorsOf(dir)
    expect(error!.details).toMatchObject({
      functionName: 'fine',
      file: join(dir, 'lambda/broken.go'),
      line: 3,
    })
  }, 120_000)

  it('a module that is not there comes with the command that adds it', async () => {
    const source = 'package main\n\nimport "example.com/missing"\n\nfunc main() { missing.Do() }\n'
    const [error] = await errorsOf(await writeGoProject({ wrong: source }))
    expect(error!.details).toMatchObject({ line: 3 })
    expect(error!.hint).toContain('go get example.com/missing')
  }, 120_000)

  it('D133: sources that are links out of the repository, or are replaced by a folder there, are refused', async () => {
    const outside = await writeProject({
      'main.go': SAYING('the operator’s'),
      'module/go.mod': 'module example.com/module\n',
      'module/module.go': 'package module\n\nconst Secret = "the operator’s"\n',
    })
    const using = 'package main\n\nimport "example.com/module"\n\nfunc main() { println(module.Secret) }\n'
    const dir = await writeGoProject({
      fine: SAYING('x'),
      using,
      linked: 'package main\n\nfunc main() { helped() }\n',
    })
    const at = (path: string) => join(dir, 'netlify/functions', path)
    await symlink(join(outside, 'helper.go'), at('linked/helper.go'))
    await writeFile(join(outside, 'helper.go'), 'package main\n\nfunc helped() {}\n')
    await mkdir(at('entry'))
    await symlink(join(outside, 'main.go'), at('entry/main.go'))
    const module = `\nrequire example.com/module v0.0.0\nreplace example.com/module => ${outside}/module\n`
    await appendFile(join(dir, 'go.mod'), module)
    const errors = await errorsOf(dir)
    expect(errors.map(({ code, details }) => [code, details.functionName, details.file]).sort()).toEqual([
      ['LINK_OUTSIDE_REPOSITORY', 'entry', at('entry/main.go')],
      ['LINK_OUTSIDE_REPOSITORY', 'linked', at('linked/helper.go')],
      ['LINK_OUTSIDE_REPOSITORY', 'using', join(outside, 'module/module.go')],
    ])
  }, 120_000)

  it('a package that is not a program', async () => {
    const [error] = await errorsOf(await writeGoProject({ library: 'package library\n\nfunc Do() {}\n' }))
    expect(error!.message).toContain('does not declare "package main"')
  }, 120_000)
})

describe('without a compiler', () => {
  it('says what to install, and --allow-broken serves the others', async () => {
    const dir = await writeGoProject({ greet: SAYING('x') }, { 'netlify/functions/web.mjs': WEB })
    const env = { PATH: '/nowhere' }
    const failed = await runRoost(['serve', dir, '--port', '0'], { env })
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain('error GO_MISSING: "greet" is written in Go')
    expect(failed.stderr).toContain('apt-get install golang-go')
    expect(failed.stderr).toContain('With --allow-broken the others are served.')
    await using roost = await startRoost(['serve', dir, '--port', '0', '--allow-broken'], { env })
    expect((await ask(`${roost.url}/.netlify/functions/web`)).body).toBe('from TypeScript')
    expect((await ask(`${roost.url}/.netlify/functions/greet`)).status).toBe(404)
    expect(roost.stderr.text).toContain('GO_MISSING')
  }, 120_000)
})

/** Longer than src/builder/cache/file-table.ts believes the clock of a file system to stand still. */
const TICK_MS = 40

/** Until what is saved now is older than that. */
async function waitForTick(): Promise<void> {
  const savedMs = Date.now()
  await waitFor('the clock to move on', () => Date.now() > savedMs + TICK_MS)
}

describe('building again', () => {
  let builder: Builder
  beforeEach(() => {
    builder = createBuilder()
  })
  afterEach(() => builder.close())

  it('case 136: a changed source is compiled again, and the next request shows it', async () => {
    const dir = await writeGoProject({ hello: SAYING('first') })
    const bodyOfBuild = async () => {
      await builder.build({ dir })
      await using roost = await startRoost(['serve', dir, '--port', '0', '--prebuilt'])
      return (await ask(`${roost.url}/.netlify/functions/hello`)).body
    }
    expect(await bodyOfBuild()).toBe('first')
    await writeFile(join(dir, 'netlify/functions/hello/main.go'), SAYING('second'))
    expect(await bodyOfBuild()).toBe('second')
  }, 120_000)

  it('unchanged is not compiled again; a change in a package that it imports counts, one elsewhere does not', async () => {
    const dir = await writeGoProject(
      { one: SAYING('1'), two: 'package main\n\nfunc main() {}\n' },
      { 'other/other.go': 'package other\n' },
    )
    // A file saved within a tick of the build is not believed the next time.
    await waitForTick()
    const cached = async () =>
      Object.fromEntries((await builder.build({ dir })).functions.map((fn) => [fn.name, fn.cached]))
    expect(await cached()).toEqual({ one: false, two: false })
    expect(await cached()).toEqual({ one: true, two: true })
    await writeFile(join(dir, 'lambda/more.go'), 'package lambda\n\nconst More = 1\n')
    await waitForTick()
    expect(await cached()).toEqual({ one: false, two: true })
    await writeFile(join(dir, 'other/more.go'), 'package other\n')
    await waitForTick()
    expect(await cached()).toEqual({ one: true, two: true })
  }, 120_000)
})

it('a folder outside any module is compiled from its files', async () => {
  const source = (name: string, body: string) => `package main\n\nfunc ${name}() { ${body} }\n`
  const dir = await writeGoProject(
    { loose: source('main', 'other()') },
    {
      'netlify/functions/loose/other.go': source('other', 'println("other")'),
      'netlify/functions/loose/other_test.go': 'package main\n\nfunc broken( {\n',
    },
  )
  await rm(join(dir, 'go.mod'))
  const { manifest, functions } = await buildProject({ dir })
  expect(manifest.functions).toMatchObject([
    {
      name: 'loose',
      format: 'native',
      bundler: 'go',
      entry: 'bootstrap',
      routes: [],
      invocationMode: 'buffered',
    },
  ])
  expect(manifest.functions[0]).not.toHaveProperty('nodeMajor')
  expect(functions[0]!.inputs.map((path) => path.slice(dir.length + 1)).sort()).toEqual([
    'netlify/functions/loose/main.go',
    'netlify/functions/loose/other.go',
  ])
}, 120_000)
