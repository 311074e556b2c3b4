import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../helpers/http.ts'
import { findOldNode } from '../helpers/old-node.ts'
import { readProc } from '../helpers/process-tree.ts'
import { runRoost, startRoost } from '../helpers/roost.ts'
import { writeGarbage } from '../helpers/sample-database.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'
import { waitFor } from '../helpers/wait.ts'

const SMALLEST = 'test/fixtures/smallest'

describe('the port', () => {
  it('is an error when --port names one in use', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const { code, stdout, stderr } = await runRoost(['serve', SMALLEST, '--port', String(port)])
    other.close()
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('PORT_IN_USE')
    expect(stderr).toContain(String(port))
  })

  it('cannot be listened on at an address that the machine does not have, which is said once', async () => {
    const { code, stderr } = await runRoost(['serve', SMALLEST, '--host', '192.0.2.1', '--port', '0'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/LISTEN_FAILED: Cannot listen on 192\.0\.2\.1:0: (?!Cannot).*EADDRNOTAVAIL/)
    expect(stderr).toContain('--host')
  })

  it('is the next free one without --port, and the start says so', async () => {
    await using first = await startRoost(['serve', SMALLEST])
    await using second = await startRoost(['serve', SMALLEST])
    const [one, two] = [first, second].map(({ url }) => Number(new URL(url).port)) as [number, number]
    expect(one).toBeGreaterThanOrEqual(8888)
    expect(two).toBeGreaterThan(one)
    expect(second.stderr.text).toMatch(/8888.*in use/)
    expect((await ask(`${second.url}/.netlify/functions/hello`)).body).toBe('hello')
  })
})

describe('a data folder that cannot be made', () => {
  it.each([
    [
      'below a file',
      `${SMALLEST}/netlify/functions/hello.mjs/data`,
      `${SMALLEST}/netlify/functions/hello.mjs is a file`,
    ],
    ['where there are no folders to make', '/proc/roost', '/proc/roost cannot be created'],
  ])('%s is said with its path, not as a bug', async (_where, data, problem) => {
    const { code, stdout, stderr } = await runRoost(['serve', SMALLEST, '--port', '0', '--data', data])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^error DATA_DIR_INVALID: /)
    expect(stderr).toContain(problem)
    expect(stderr).not.toContain('    at ')
  })
})

describe('the database in the data folder', () => {
  let data: string
  beforeAll(() => {
    data = temporaryFolder('data')
  })

  it('is looked at before anything is built, though nothing may ever use it', async () => {
    writeGarbage(join(data, 'roost.db'))
    const { code, stdout, stderr } = await runRoost(['serve', SMALLEST, '--port', '0', '--data', data])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/STORE_FAILED.*roost\.db/)
    rmSync(join(data, 'roost.db'))
  })

  it.runIf(process.platform === 'linux')('is opened by the first function that has a blob', async () => {
    const hasStoreThread = ({ pid }: { pid: number }): boolean =>
      readdirSync(`/proc/${pid}/task`).some((id) =>
        readProc(`${pid}/task/${id}/comm`).startsWith('roost-writer'),
      )
    await using roost = await startRoost(['serve', 'test/fixtures/blobs', '--port', '0', '--data', data])
    expect((await ask(`${roost.url}/.netlify/functions/early`)).status).toBe(200)
    expect(hasStoreThread(roost)).toBe(false)
    const url = `${roost.url}/.netlify/functions/web`
    const answers = await Promise.all([1, 2, 3].map(() => ask(url, { method: 'PUT', body: 'kept' })))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(hasStoreThread(roost)).toBe(true)
  })
})

describe('the ready line', () => {
  it('comes only when a request is answered', async () => {
    await using roost = await startRoost(['serve', SMALLEST, '--port', '0'])
    expect((await ask(`${roost.url}/.netlify/functions/hello`)).status).toBe(200)
  })

  it('is JSON with --json, as is every line of the log', async () => {
    await using roost = await startRoost(['serve', SMALLEST, '--port', '0', '--json'])
    expect(roost.stdout.all.map((line) => JSON.parse(line))).toEqual([{ event: 'ready', url: roost.url }])
    await ask(`${roost.url}/.netlify/functions/hello`)
    await roost.stop()
    for (const line of roost.stderr.all) expect(JSON.parse(line)).toMatchObject({ event: expect.any(String) })
  })
})

describe('what is wrong with a project', () => {
  it('a folder that is not there', async () => {
    const { code, stdout, stderr } = await runRoost(['serve', 'test/fixtures/no-such-folder'])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/PROJECT_NOT_FOUND.*no-such-folder/)
  })

  it('a netlify.toml that is not TOML: file, line and what to do', async () => {
    const { code, stdout, stderr } = await runRoost(['serve', 'test/fixtures/broken-toml', '--port', '0'])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/CONFIG_SYNTAX.*netlify\.toml:4/)
  })

  it('an env file that is not there', async () => {
    // Without the -- Node looks for the file itself, and ends with a message of its own.
    const { code, stderr } = await runRoost(['serve', SMALLEST, '--env-file', 'nowhere.env'], {
      nodeArgs: ['--'],
    })
    expect(code).toBe(2)
    expect(stderr).toMatch(/USAGE: The file of --env-file, nowhere\.env, does not exist\./)
  })

  it('a variable that looks like a setting: said once, with the name that was probably meant', async () => {
    const env = { ROOST_PROT: '8080', ROOST_SYNC_TIMEOUT: '1000', ROOST_HOST: '127.0.0.1', ROOSTER: 'x' }
    const PROT = 'ROOST_PROT is not a setting of Roost, and was ignored. Did you mean ROOST_PORT?'
    const TIMEOUT =
      'ROOST_SYNC_TIMEOUT is not a setting of Roost, and was ignored. Did you mean ROOST_SYNC_TIMEOUT_MS?'
    await using roost = await startRoost(['serve', SMALLEST, '--port', '0'], { env })
    await roost.stderr.waitFor(/Roost/)
    const out = temporaryFolder('unknown')
    const built = await runRoost(['build', SMALLEST, '--out', out], { env })
    for (const text of [roost.stderr.text, built.stderr]) {
      const warnings = text.split('\n').filter((line) => line.includes('SETTING_UNKNOWN'))
      expect(warnings).toEqual([PROT, TIMEOUT].map((each) => `warning SETTING_UNKNOWN: ${each}`))
    }
  })

  it('a flag that there is not: exit code 2', async () => {
    const { code, stderr } = await runRoost(['serve', SMALLEST, '--prot', '1'])
    expect(code).toBe(2)
    expect(stderr).toContain('--prot')
  })

  describe('functions that do not build', () => {
    const BROKEN = ['serve', 'test/fixtures/broken-functions', '--port', '0']
    const PROBLEMS = [
      /missing-bracket\.mts:3/,
      /missing-file\.mts:1.*\.\/not-there|not-there.*missing-file\.mts/,
      /missing-package.*a-package-that-nobody-installed/,
      /npm install a-package-that-nobody-installed/,
    ]

    it('are all listed, and nothing is served', async () => {
      const { code, stdout, stderr } = await runRoost(BROKEN)
      expect([code, stdout]).toEqual([1, ''])
      for (const problem of PROBLEMS) expect(stderr).toMatch(problem)
      expect(stderr).toContain('--allow-broken')
    })

    it('are listed with --allow-broken too, and the rest is served', async () => {
      await using roost = await startRoost([...BROKEN, '--allow-broken'])
      for (const problem of PROBLEMS) expect(roost.stderr.text).toMatch(problem)
      expect((await ask(`${roost.url}/.netlify/functions/good`)).body).toBe('still here')
      expect((await ask(`${roost.url}/.netlify/functions/missing-file`)).status).toBe(404)
    })
  })
})

describe('--prebuilt', () => {
  let folder: string
  beforeAll(() => {
    folder = temporaryFolder('prebuilt')
    cpSync(join(SMALLEST, 'netlify'), join(folder, 'netlify'), { recursive: true })
  })

  it('needs a build, then serves it as it is, whatever became of the sources', async () => {
    const { code, stderr } = await runRoost(['serve', folder, '--prebuilt', '--port', '0'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/ARTIFACT_INVALID.*holds a build/)

    await (await startRoost(['serve', folder, '--port', '0'])).stop()
    writeFileSync(join(folder, 'netlify/functions/hello.mjs'), 'this is not JavaScript')
    await using roost = await startRoost(['serve', folder, '--prebuilt', '--port', '0'])
    expect((await ask(`${roost.url}/.netlify/functions/hello`)).body).toBe('hello')
  })
})

describe('--prebuilt after --allow-broken', () => {
  let folder: string
  beforeAll(() => {
    folder = temporaryFolder('left-out')
    cpSync('test/fixtures/broken-functions', folder, { recursive: true })
  })

  it('names what that build left out, and serves the rest', async () => {
    await runRoost(['build', folder, '--allow-broken'])
    await using roost = await startRoost(['serve', folder, '--prebuilt', '--port', '0'])
    expect(roost.stderr.text).toContain(
      'warning FUNCTIONS_LEFT_OUT: This build was made with --allow-broken, which left out missing-bracket, missing-file, missing-package.',
    )
    expect((await ask(`${roost.url}/.netlify/functions/good`)).status).toBe(200)
  })
})

describe('the stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('%s lets what runs end, and exits 0', async (signal) => {
    await using roost = await startRoost(['serve', 'test/fixtures/sleeper', '--port', '0'])
    const call = ask(`${roost.url}/.netlify/functions/half-a-second`)
    await roost.stderr.waitFor(/working/)
    const ending = roost.stop(signal)
    expect(await call).toMatchObject({ status: 200, body: 'done' })
    expect(await ending).toMatchObject({ code: 0, signal: null })
    await expect(ask(roost.url)).rejects.toThrow('ECONNREFUSED')
  })
})

describe('a checkout without node_modules', () => {
  let folder: string
  beforeAll(() => {
    folder = temporaryFolder('bare')
    for (const part of ['bin', 'src', 'package.json']) cpSync(part, join(folder, part), { recursive: true })
  })

  it.each([
    ['our Node', process.execPath, [], 'are not installed'],
    ['an old Node', findOldNode().node, findOldNode().nodeArgs, 'needs Node 24 or newer'],
  ])('says under %s where to run npm ci, and shows no stack', (_which, node, nodeArgs, words) => {
    const command = [...nodeArgs, join(folder, 'bin', 'roost.js'), 'serve']
    const { status, stderr } = spawnSync(node, command, { encoding: 'utf8' })
    expect(status).toBe(1)
    expect(stderr).toContain(words)
    expect(stderr).toContain(`"npm ci" in ${folder}/`)
    expect(stderr).not.toMatch(/^\s+at /m)
  })
})

describe('an old Node', () => {
  const old = findOldNode()

  it('goes on with the pinned one', async () => {
    await using roost = await startRoost(['serve', SMALLEST, '--port', '0'], old)
    expect((await ask(`${roost.url}/.netlify/functions/hello`)).body).toBe('hello')
    expect(await roost.stop()).toMatchObject({ code: 0 })
  })

  it('is not outlived by the server when it is killed outright', async () => {
    const roost = await startRoost(['serve', SMALLEST, '--port', '0'], old)
    process.kill(roost.pid, 'SIGKILL')
    await roost.ended
    await waitFor('the end of the server', () =>
      ask(roost.url).then(
        () => false,
        () => true,
      ),
    )
  })

  it('passes on arguments and exit code', async () => {
    expect(await runRoost(['serve', '--prot'], old)).toMatchObject({ code: 2 })
  })

  describe('without the pinned one beside it', () => {
    let folder: string
    beforeAll(() => {
      folder = temporaryFolder('alone')
      cpSync('bin', join(folder, 'bin'), { recursive: true })
      cpSync('package.json', join(folder, 'package.json'))
    })

    it('says which it needs and how to get it', () => {
      const { status, stderr } = spawnSync(
        old.node,
        [...old.nodeArgs, join(folder, 'bin', 'roost.js'), 'serve'],
        { encoding: 'utf8' },
      )
      expect(status).toBe(1)
      expect(stderr).toMatch(/needs Node 24 or newer.*nodejs\.org/s)
    })
  })
})
