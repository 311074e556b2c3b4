// The build process: results, errors and every ending of it reach the caller.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { isRoostError, RoostErrors } from '../../../src/base/errors/index.ts'
import type { Log, LogFields } from '../../../src/base/log/index.ts'
import { createBuilder, runBuild } from '../../../src/builder/child/index.ts'
import { answering, createProject, describeBuild } from './support.ts'

const CRASHING = new URL('../../fixtures/bundle/crashing-child.mjs', import.meta.url)

function collectLog(lines: LogFields[]): Log {
  const add = (fields: LogFields) => void lines.push(fields)
  return { debug: add, info: add, warn: add, error: add, child: () => collectLog(lines) }
}

describe('the build process', () => {
  it('builds, logs through its parent, and is there for the next build', async () => {
    const { dir, outDir, write } = await createProject({
      'netlify/functions/a.ts': answering('import.meta.url'),
    })
    const lines: LogFields[] = []
    await using builder = createBuilder({ log: collectLog(lines) })
    const first = describeBuild(await builder.build({ dir, outDir }))
    expect(first.warnings[0]).toMatchObject({ code: 'IMPORT_META_EMPTY', line: 2 })
    expect(lines).toMatchObject([{ event: 'build.function', functionName: 'a', cached: false }])
    await write({ 'netlify/functions/a.ts': answering('"second"') })
    const second = describeBuild(await builder.build({ dir, outDir }))
    expect(await second.run([{ name: 'a' }])).toEqual([{ body: 'second' }])
  })

  it('errors cross with code, message, hint and details', async () => {
    const { dir, outDir } = await createProject({
      'netlify/functions/a.mts': 'import "gone"',
      'netlify/functions/b.mts': 'export default }',
      'netlify/functions/c.mts': answering('1'),
    })
    const failure = await runBuild({ dir, outDir }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(RoostErrors)
    const { errors } = failure as RoostErrors
    expect(errors.every(isRoostError)).toBe(true)
    expect(errors[0]).toMatchObject({
      code: 'BUNDLE_IMPORT_MISSING',
      hint: 'Run "npm install gone".',
      details: { functionName: 'a', file: join(dir, 'netlify/functions/a.mts'), line: 1 },
    })
    const rest = await runBuild({ dir, outDir, allowBroken: true })
    expect(rest.errors.every(isRoostError)).toBe(true)
    expect(rest.errors.map((error) => error.code)).toEqual(['BUNDLE_IMPORT_MISSING', 'BUNDLE_FAILED'])
    await expect(runBuild({ dir: `${dir}/nowhere`, outDir })).rejects.toMatchObject({
      code: 'PROJECT_NOT_FOUND',
    })
  })

  it.each([
    ['exit', /exit code 3/],
    ['signal', /by SIGKILL/],
    ['throw', /exit code 1/],
  ])('a crash is BUILD_CRASHED with the end of stderr: %s', async (dir, how) => {
    await using builder = createBuilder({ program: CRASHING })
    const failure = await builder.build({ dir }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'BUILD_CRASHED', message: expect.stringMatching(how) })
    expect((failure as Error).message).toContain(
      dir === 'throw' ? 'thrown where nobody catches' : 'what it said last',
    )
    await expect(builder.build({ dir })).rejects.toMatchObject({ code: 'BUILD_CRASHED' })
  })

  it('an abort ends the child and rejects with its reason; the next build starts another', async () => {
    await using builder = createBuilder({ program: CRASHING })
    const reason = new Error('not wanted any more')
    const controller = new AbortController()
    const hanging = builder.build({ dir: 'hang' }, { signal: controller.signal })
    const next = builder.build({ dir: 'exit' })
    await new Promise(setImmediate) // the child was started
    controller.abort(reason)
    await expect(hanging).rejects.toBe(reason)
    await expect(next).rejects.toMatchObject({ code: 'BUILD_CRASHED', details: { exitCode: 3 } })
    await expect(builder.build({ dir: 'exit' }, { signal: controller.signal })).rejects.toBe(reason)
  })

  it('close ends the child and everything that waits for it', async () => {
    const builder = createBuilder({ program: CRASHING })
    const builds = [builder.build({ dir: 'hang' }), builder.build({ dir: 'exit' })]
    await new Promise(setImmediate) // the first has its child
    const ends = Promise.allSettled(builds)
    await builder.close()
    await builder.close()
    expect(await ends).toMatchObject([{ reason: { name: 'AbortError' } }, { reason: { name: 'AbortError' } }])
    await expect(builder.build({ dir: 'exit' })).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('ends with its parent, however that ends', async () => {
    const { dir, outDir } = await createProject({ 'netlify/functions/a.mts': answering('1') })
    const program = fileURLToPath(new URL('../../fixtures/bundle/parent-of-builder.ts', import.meta.url))
    const parent = spawn(process.execPath, [program, dir, outDir], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(parent.stdout, 'data')
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(parent.pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/)
      .map(Number)
    expect(children).toHaveLength(1)
    parent.kill('SIGKILL')
    await vi.waitFor(() => expect(() => process.kill(children[0]!, 0)).toThrow('ESRCH'), { timeout: 20_000 })
  })
})
