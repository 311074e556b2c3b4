import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Ending, runRoost, startRoost } from '../helpers/roost.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

const PROJECT = 'test/fixtures/blobs'
let data: string

beforeAll(() => {
  data = temporaryFolder('data')
})

function blobs(command: string, ...args: string[]): Promise<Ending> {
  return runRoost([`blobs:${command}`, ...args, '--project', PROJECT, '--data', data])
}

describe('roost blobs', () => {
  it('sets, gets, lists and deletes while no server runs', async () => {
    expect(await blobs('set', 'notes', 'a/1', 'hello', 'world')).toMatchObject({ code: 0, stdout: '' })
    writeFileSync(join(data, 'in.bin'), Buffer.from([0, 255, 1]))
    expect((await blobs('set', 'notes', 'bin', '--input', join(data, 'in.bin'), '--force')).code).toBe(0)
    expect((await blobs('get', 'notes', 'a/1')).stdout).toBe('hello world')
    expect((await blobs('get', 'notes', 'bin', '-O', join(data, 'out.bin'))).code).toBe(0)
    expect([...readFileSync(join(data, 'out.bin'))]).toEqual([0, 255, 1])

    const all = await blobs('list', 'notes', '--json')
    expect(JSON.parse(all.stdout)).toEqual({
      blobs: [
        { key: 'a/1', etag: expect.stringMatching(/^"[0-9a-f]{64}"$/) },
        { key: 'bin', etag: expect.any(String) },
      ],
      directories: [],
    })
    const top = await blobs('list', 'notes', '-d', '--json')
    expect(JSON.parse(top.stdout)).toMatchObject({ blobs: [{ key: 'bin' }], directories: ['a'] })
    expect((await blobs('list', 'notes', '--prefix', 'b')).stdout).toMatch(/^key +etag\nbin +"/)

    expect((await blobs('delete', 'notes', 'bin')).code).toBe(0)
    const gone = await blobs('get', 'notes', 'bin')
    expect([gone.code, gone.stdout]).toEqual([1, ''])
    expect(gone.stderr).toContain('BLOB_NOT_FOUND: The store notes has no blob bin.')
    expect((await blobs('delete', 'notes', 'bin')).code).toBe(1)
    const empty = await blobs('set', 'notes', 'x')
    expect([empty.code, empty.stderr]).toEqual([2, expect.stringContaining('blobs:set needs a value')])
  })

  it('names the file that it cannot read or write', async () => {
    const missing = join(data, 'none', 'file')
    const set = await blobs('set', 'notes', 'x', '--input', missing)
    expect([set.code, set.stderr]).toEqual([2, expect.stringMatching(/error USAGE: .*--input.*none/)])
    await blobs('set', 'notes', 'x', 'y')
    const get = await blobs('get', 'notes', 'x', '--output', missing)
    expect([get.code, get.stderr]).toEqual([2, expect.stringMatching(/error USAGE: .*--output.*none/)])
  })

  it('makes no project of a folder that is not there', async () => {
    const dir = join(data, 'slip')
    const { code, stderr } = await runRoost(['blobs:list', 'notes', '--project', dir])
    expect([code, stderr]).toEqual([1, expect.stringContaining('PROJECT_NOT_FOUND')])
    expect(existsSync(dir)).toBe(false)
  })

  it('keeps the data folder that it makes out of git', async () => {
    const fresh = join(data, 'fresh')
    await runRoost(['blobs:set', 'notes', 'x', 'y', '--project', PROJECT, '--data', fresh])
    expect(readFileSync(join(fresh, '.gitignore'), 'utf8')).toBe('*\n')
  })

  it('sees what functions store while the server runs, and they what it stores', async () => {
    await using roost = await startRoost(['serve', PROJECT, '--port', '0', '--data', data])
    const url = `${roost.url}/.netlify/functions/web`
    await fetch(url, { method: 'PUT', body: 'from a function' })
    expect((await blobs('get', 'fixture', 'key')).stdout).toBe('from a function')
    await blobs('set', 'fixture', 'key', 'from the command line')
    expect(await (await fetch(url)).json()).toMatchObject({
      own: { data: 'from the command line', metadata: {} },
    })
  })
})
