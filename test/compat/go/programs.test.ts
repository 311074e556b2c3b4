import { createWriteStream } from 'node:fs'
import { chmod, copyFile, mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ZipFile } from 'yazl'
import { convertNetlifyOutput } from '../../../src/builder/netlify-output/index.ts'
import { buildProject } from '../../../src/builder/pipeline/index.ts'
import { ask } from '../../helpers/http.ts'
import { writeProject } from '../../helpers/project-files.ts'
import { runRoost, startRoost } from '../../helpers/roost.ts'
import { goHandler, writeGoProject } from './support.ts'

// Programs that Roost did not compile (build.md §16, cases 128 to 130), and what each gets to know (D26).

/** A compiled program that answers with its variables. */
let program: string
let remove: (() => Promise<void>) | undefined

beforeAll(async () => {
  const source = goHandler('\treturn lambda.JSON(os.Environ()), nil', { imports: ['os'] })
  const dir = await writeGoProject({ env: source }, {}, (whenDone) => {
    remove = whenDone
  })
  const { artifactDir, manifest } = await buildProject({ dir })
  program = join(artifactDir, manifest.functions[0]!.dir, 'bootstrap')
}, 300_000)
afterAll(() => remove?.())

/** An executable in no language that anybody compiles: the runtime API in Bash. It keeps the path, or leaves it out. */
const inBash = (api: 'kept' | 'dropped') => `#!/bin/bash
IFS=/ read -r address path <<< "$AWS_LAMBDA_RUNTIME_API"
base=${api === 'kept' ? '/$path' : ''}/2018-06-01/runtime/invocation
ask() {
  exec 5<> "/dev/tcp/\${address%:*}/\${address#*:}"
  printf '%s %s HTTP/1.1\\r\\nHost: %s\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n%s' "$1" "$base/$2" "$address" "\${#3}" "$3" >&5
  cat <&5
}
while id=$(ask GET next '' | sed -n 's/^Lambda-Runtime-Aws-Request-Id: \\([^\\r]*\\).*/\\1/Ip') && [ -n "$id" ]; do
  ask POST "$id/response" "{\\"statusCode\\":200,\\"body\\":\\"from bash, SECRET is \${SECRET-not set}\\"}" > /dev/null
done
`

async function writeZip(
  path: string,
  files: Record<string, { from: string } | { text: string; mode?: number }>,
) {
  const zip = new ZipFile()
  for (const [name, file] of Object.entries(files))
    if ('from' in file) zip.addFile(file.from, name, { mode: 0o100755 })
    else zip.addBuffer(Buffer.from(file.text), name, { mode: 0o100000 | (file.mode ?? 0o644) })
  zip.end()
  await pipeline(zip.outputStream, createWriteStream(path))
}

const TOOLCHAIN = { text: '{"runtime":"go"}' }

async function makeFunctionsDir(): Promise<{ dir: string; functions: string }> {
  const dir = await writeProject({ 'netlify/functions/': '' })
  return { dir, functions: join(dir, 'netlify/functions') }
}

describe('programs that are there already', () => {
  it('a Go program, bare and as an archive, answers', async () => {
    const { dir, functions } = await makeFunctionsDir()
    await copyFile(program, join(functions, 'bare'))
    await writeZip(join(functions, 'packed.zip'), {
      bootstrap: { from: program },
      'netlify-toolchain': TOOLCHAIN,
    })
    await using roost = await startRoost(['serve', dir, '--port', '0'])
    for (const name of ['bare', 'packed']) {
      const { status, body } = await ask(`${roost.url}/.netlify/functions/${name}`)
      expect([status, JSON.parse(body)]).toEqual([
        200,
        expect.arrayContaining([`AWS_LAMBDA_FUNCTION_NAME=${name}`]),
      ])
    }
  })

  it("build.md case 128: what Netlify's tools wrote, a bare program or an archive, becomes an artifact", async () => {
    const dir = await writeProject({ 'out/': '' })
    const out = join(dir, 'out')
    await copyFile(program, join(out, 'bare'))
    await writeZip(join(out, 'packed.zip'), {
      bootstrap: { text: 'a program', mode: 0o644 },
      'netlify-toolchain': TOOLCHAIN,
    })
    const functions = [
      { name: 'bare', path: '/x/bare', runtime: 'go', schedule: '@daily' },
      { name: 'packed', path: '/x/packed.zip', runtime: 'go' },
    ]
    await writeFile(join(out, 'manifest.json'), JSON.stringify({ version: 1, functions }))
    const { manifest } = await convertNetlifyOutput(out, join(dir, 'artifact'))
    expect(manifest.functions).toMatchObject([
      { name: 'bare', format: 'native', entry: 'bootstrap', schedule: '@daily' },
      { name: 'packed', format: 'native', entry: 'bootstrap' },
    ])
    for (const fn of manifest.functions) {
      expect(fn).not.toHaveProperty('nodeMajor')
      expect((await stat(join(dir, 'artifact', fn.dir, 'bootstrap'))).mode & 0o777).toBe(0o755)
    }
  })

  it('build.md case 130: sources in Rust are not a function', async () => {
    const dir = await writeProject({
      'netlify/functions/rusty/Cargo.toml': '[package]\nname = "rusty"\n',
      'netlify/functions/rusty/src/main.rs': 'fn main() {}\n',
    })
    expect((await buildProject({ dir })).manifest.functions).toEqual([])
  })
})

describe('who keeps the path, and who gets variables (D26)', () => {
  async function serveBash(api: 'kept' | 'dropped', flags: string[]) {
    const { dir, functions } = await makeFunctionsDir()
    await writeZip(join(functions, 'own.zip'), { bootstrap: { text: inBash(api), mode: 0o755 } })
    return startRoost(['serve', dir, '--port', '0', ...flags])
  }

  it('any program that keeps the path runs, with its variables where nobody else can read them', async () => {
    await using roost = await serveBash('kept', ['--env', 'SECRET=s3'])
    const isApart = !/Sandbox: process\./.test(roost.stderr.text)
    expect((await ask(`${roost.url}/.netlify/functions/own`)).body).toBe(
      `from bash, SECRET is ${isApart ? 's3' : 'not set'}`,
    )
  })

  it('in the sandbox "process" it runs without them, and the start says so', async () => {
    await using roost = await serveBash('kept', ['--env', 'SECRET=s3', '--sandbox', 'process'])
    const { body } = await ask(`${roost.url}/.netlify/functions/own`)
    if (/Sandbox: process\./.test(roost.stderr.text)) {
      expect(body).toBe('from bash, SECRET is not set')
      expect(roost.stderr.text).toMatch(/The variables of --env and --env-file are not given to own:/)
    } else expect(body).toBe('from bash, SECRET is s3') // as root each instance has a user of its own
  })

  it('one that leaves the path out runs without variables, with a warning', async () => {
    await using roost = await serveBash('dropped', [])
    expect((await ask(`${roost.url}/.netlify/functions/own`)).body).toBe('from bash, SECRET is not set')
    await roost.stderr.waitFor(/own .*leaves out the path in AWS_LAMBDA_RUNTIME_API: other processes/)
  })

  it('with variables it is refused, and the log says why', async () => {
    await using roost = await serveBash('dropped', ['--env', 'SECRET=s3'])
    const isApart = !/Sandbox: process\./.test(roost.stderr.text)
    const { status } = await ask(`${roost.url}/.netlify/functions/own`)
    expect(status).toBe(isApart ? 502 : 200)
    if (isApart) await roost.stderr.waitFor(/own .*Roost rejects its requests/)
  })
})

it('network = "none" is an error at start: a program talks to Roost over the loopback', async () => {
  const { dir, functions } = await makeFunctionsDir()
  await mkdir(functions, { recursive: true })
  await copyFile(program, join(functions, 'bare'))
  await chmod(join(functions, 'bare'), 0o755)
  await writeFile(join(dir, 'netlify.toml'), '[functions.bare]\nnetwork = "none"\n')
  const { code, stderr } = await runRoost(['serve', dir, '--port', '0'])
  expect(code).toBe(1)
  expect(stderr).toContain('error CONFIG_INVALID: network = "none" is not possible for "bare", a program.')
})
