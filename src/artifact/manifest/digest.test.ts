import { expect, it } from 'vitest'
import { digestFiles, hashBytes } from './digest.ts'
import type { ArtifactFile } from './files.ts'

const digest = async (...files: ArtifactFile[]) =>
  (await digestFiles(files, async (path) => hashBytes(`content of ${path}`))).digest

const file = (path: string, content = 'x', mode = 0o644): ArtifactFile => ({
  path,
  kind: 'text',
  content,
  mode,
})

it('depends on paths, contents, modes and link targets', async () => {
  const digests = await Promise.all([
    digest(file('a')),
    digest(file('b')),
    digest(file('a', 'y')),
    digest(file('a', 'x', 0o755)),
    digest({ path: 'a', kind: 'link', target: 'x' }),
    digest({ path: 'a', kind: 'link', target: 'y' }),
    digest(file('a'), file('b')),
    digest(),
  ])
  expect(new Set(digests).size).toBe(digests.length)
})

it('does not depend on order, nor on whether content lies on disk or in memory', async () => {
  expect(await digest(file('a'), file('b'))).toBe(await digest(file('b'), file('a')))
  const onDisk: ArtifactFile = { path: 'a', kind: 'copy', from: '/x', mode: 0o644 }
  expect(await digest(onDisk)).toBe(await digest(file('a', 'content of /x')))
  expect(await digest(file('a', 'ä'))).toBe(
    await digest({ ...file('a'), kind: 'text', content: Buffer.from('ä') } as ArtifactFile),
  )
})

it('counts bytes, not characters', async () => {
  const files = [file('a', 'ä'), file('b', 'xyz')]
  expect((await digestFiles(files, async () => hashBytes(''))).bytes).toBe(5)
})
