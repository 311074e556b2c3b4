import { createHash } from 'node:crypto'
import { truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../../test/helpers/temporary-folder.ts'
import { ContentHashes, HASHED_BYTES } from './content-hashes.ts'
import { closeFile, type OpenFile, openFile } from './open-file.ts'

const dir = temporaryFolder('hashes')

async function withFile<T>(
  name: string,
  content: string,
  use: (file: OpenFile) => T | Promise<T>,
): Promise<T> {
  const path = join(dir, name)
  writeFileSync(path, content)
  const file = await openFile(path)
  try {
    return await use(file)
  } finally {
    closeFile(file)
  }
}

const digest = (content: string): string => createHash('sha256').update(content).digest('hex').slice(0, 32)

it.each(['', 'x', 'long '.repeat(100_000)])('is that of the whole content', async (content) => {
  const hashes = new ContentHashes()
  expect(await withFile('a', content, (file) => hashes.of(file))).toBe(digest(content))
})

it('is made once for all who ask at the same time, and is remembered', async () => {
  const hashes = new ContentHashes()
  await withFile('b', 'content', async (file) => {
    const [one, two] = [hashes.of(file, true), hashes.of(file, true)]
    expect(one).toBe(two)
    expect(await one).toBe(digest('content'))
    expect(hashes.of(file, true)).toBe(digest('content'))
  })
})

it('is not remembered of what has just been changed', async () => {
  const hashes = new ContentHashes()
  await withFile('c', 'content', async (file) => {
    await hashes.of(file)
    expect(hashes.of(file)).toBeInstanceOf(Promise)
  })
})

it('of a large file is its inode, size and times: at once', async () => {
  const hashes = new ContentHashes()
  const name = await withFile('d', '', async ({ path }) => {
    truncateSync(path, HASHED_BYTES + 1)
    const file = await openFile(path)
    closeFile(file)
    return hashes.of(file)
  })
  expect(name).toMatch(/^[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+$/)
  utimesSync(join(dir, 'd'), 1, 1)
  const later = await openFile(join(dir, 'd'))
  closeFile(later)
  expect(hashes.of(later)).not.toBe(name)
})

it('of a file that cannot be read fails, and is tried again', async () => {
  const hashes = new ContentHashes()
  await withFile('e', 'content', async (file) => {
    truncateSync(file.path, 3)
    await expect(hashes.of(file, true)).rejects.toThrow('has become shorter')
    writeFileSync(file.path, 'content')
    expect(await hashes.of(file, true)).toBe(digest('content'))
  })
})
