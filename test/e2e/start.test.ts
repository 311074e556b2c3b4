// What a server loads before it is ready, and keeps in memory from then on. Each package here is paid for by
// everybody; what only some need is imported where it is needed.
import { cpSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { runRoost, startRoost } from '../helpers/roost.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

const RECORDER = fileURLToPath(new URL('../helpers/record-modules.mjs', import.meta.url))
const PACKAGE = new URL('../../package.json', import.meta.url)

describe('a server that serves a built artifact and has nothing to do', () => {
  let dir: string
  let files: string[]
  let builtins: string[]

  beforeAll(async () => {
    dir = temporaryFolder('start')
    cpSync('test/fixtures/smallest', dir, { recursive: true })
    expect(await runRoost(['build', dir])).toMatchObject({ code: 0 })
    const roost = await startRoost(['serve', dir, '--prebuilt', '--port', '0'], {
      nodeArgs: ['--import', RECORDER],
    })
    const { stderr } = await roost.stop()
    ;({ files, builtins } = JSON.parse(/^\{"event":"modules".*$/m.exec(stderr)![0]))
  })

  it('has loaded these of our dependencies and no others', () => {
    const { dependencies } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { dependencies: object }
    const names = files.map((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1])
    const own = new Set(names.filter((name) => name !== undefined && name in dependencies))
    expect([...own].sort()).toEqual(['commander', 'lru-cache', 'mime', 'pino', 'smol-toml', 'valibot'])
  })

  it('has no thread of its own for the database, and nothing of what bundles', () => {
    const paths = files.map((url) => /\/src\/(.*)/.exec(url)?.[1] ?? '')
    expect(paths).toContain('host/serve.ts')
    expect(paths.filter((path) => /^builder\/(?:bundle|config|discover|pipeline)\//.test(path))).toEqual([])
    expect(
      paths.filter((path) => /^(?:observe\/metrics\/|store\/sqlite\/(?:sqlite-store|\w+-thread))/.test(path)),
    ).toEqual([])
  })

  it('has not made Node load fetch: only a careful import of node:http does not (base/lib/node-http.ts)', () => {
    expect(builtins.filter((name) => /\/undici|http2/.test(name))).toEqual([])
    expect(builtins).toContain('NativeModule http')
  })
})
