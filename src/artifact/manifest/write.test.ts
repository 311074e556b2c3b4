import { chmod, link, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { sampleFunction } from '../../../test/helpers/sample-function.ts'
import { temporaryFolder } from '../../../test/helpers/temporary-folder.ts'
import type { ArtifactFile } from './files.ts'
import type { Manifest, ManifestFunction } from './manifest.ts'
import { readArtifact } from './read.ts'
import { createArtifactWriter } from './write.ts'

let dir: string
beforeEach(() => {
  dir = temporaryFolder('artifact')
})

const hello: ArtifactFile[] = [
  { path: 'a/hello.mjs', kind: 'text', content: 'export default 1', mode: 0o644 },
]

function describeFunction(name: string, folder: string, entry = 'a/hello.mjs'): ManifestFunction {
  return sampleFunction({ name, dir: folder, entry })
}

const manifestOf = (...functions: ManifestFunction[]): Manifest => ({
  version: 1,
  generator: 'test',
  system: { platform: 'linux', arch: 'x64' },
  functions,
})

it('what is published can be read; what is not, is not there', async () => {
  const out = join(dir, 'out')
  const writer = createArtifactWriter(out)
  const written = await writer.writeFunction('hello', hello)
  await expect(readArtifact(out)).rejects.toMatchObject({ code: 'ARTIFACT_INVALID' })
  await writer.publish(manifestOf(describeFunction('hello', written.dir)))
  const artifact = await readArtifact(out)
  expect(await readFile(join(out, artifact.manifest.functions[0]!.dir, 'a/hello.mjs'), 'utf8')).toBe(
    'export default 1',
  )
  expect((await readdir(out)).sort()).toEqual(['functions', 'manifest.json'])
})

it('the same files are written once, by two writers at the same time too', async () => {
  const writers = [createArtifactWriter(dir), createArtifactWriter(dir)]
  const [one, two] = await Promise.all(writers.map((writer) => writer.writeFunction('hello', hello)))
  expect(two).toEqual(one)
  expect(await writers[0]!.hasFunction('hello', one!.digest)).toBe(true)
  expect(await readdir(join(dir, 'functions/hello'))).toHaveLength(1)
  expect((await readdir(dir)).filter((name) => name.startsWith('.new-'))).toEqual([])
})

it('package files are shared with node_modules, own files are copied; modes and links are kept', async () => {
  const packageFile = join(dir, 'node_modules/dep/index.js')
  const ownFile = join(dir, 'own.sh')
  await mkdir(join(dir, 'node_modules/dep'), { recursive: true })
  await writeFile(packageFile, 'dep')
  await writeFile(ownFile, 'own')
  await chmod(ownFile, 0o755)
  const writer = createArtifactWriter(join(dir, 'out'))
  const written = await writer.writeFunction('x', [
    { path: 'node_modules/dep/index.js', kind: 'copy', from: packageFile, mode: 0o644 },
    { path: 'own.sh', kind: 'copy', from: ownFile, mode: 0o755 },
    { path: 'alias', kind: 'link', target: 'own.sh' },
  ])
  const at = (path: string) => join(dir, 'out', written.dir, path)
  await link(packageFile, join(dir, 'probe')) // fails where there are no hard links at all
  expect((await stat(at('node_modules/dep/index.js'))).ino).toBe((await stat(packageFile)).ino)
  expect((await stat(at('own.sh'))).ino).not.toBe((await stat(ownFile)).ino)
  expect((await stat(at('own.sh'))).mode & 0o777).toBe(0o755)
  expect(await readFile(at('alias'), 'utf8')).toBe('own')
})

it('a file that has become a link, or lies behind one, since it was looked at is not copied', async () => {
  const writer = createArtifactWriter(join(dir, 'out'), async () => ({ sha256: 'ab', bytes: 1 }))
  await mkdir(join(dir, 'own'))
  await writeFile(join(dir, 'own/file'), 'a secret')
  await symlink(join(dir, 'own/file'), join(dir, 'link'))
  await symlink(join(dir, 'own'), join(dir, 'folder'))
  for (const from of [join(dir, 'link'), join(dir, 'folder/file')])
    await expect(
      writer.writeFunction('x', [{ path: 'x', kind: 'copy', from, mode: 0o644 }]),
    ).rejects.toThrow()
  expect(await readdir(join(dir, 'out'))).toEqual([])
})

it.each([
  ['a link in its folder', async (folder: string) => symlink('/etc', join(folder, 'a/out'))],
  [
    'a link through another',
    async (folder: string) => {
      await symlink('..', join(folder, 'a/up'))
      await symlink('a/up/..', join(folder, 'out'))
    },
  ],
  [
    'a link in the place of its folder',
    async (folder: string) => {
      await rename(folder, `${folder}-moved`)
      await symlink(`${folder}-moved`, folder)
    },
  ],
])('a build that leads outside is refused: %s', async (_, change) => {
  const writer = createArtifactWriter(dir)
  const written = await writer.writeFunction('hello', hello)
  await writer.publish(manifestOf(describeFunction('hello', written.dir)))
  expect((await readArtifact(dir)).manifest.functions).toHaveLength(1)
  await change(join(dir, written.dir))
  await expect(readArtifact(dir)).rejects.toMatchObject({
    code: 'ARTIFACT_INVALID',
    details: { file: expect.stringContaining(written.dir) },
  })
})

it('links inside a build, to one another and in a circle, are read once', async () => {
  const writer = createArtifactWriter(dir)
  const written = await writer.writeFunction('hello', [
    ...hello,
    { path: 'a/up', kind: 'link', target: '..' },
  ])
  await writer.publish(manifestOf(describeFunction('hello', written.dir)))
  expect((await readArtifact(dir)).manifest.functions).toHaveLength(1)
})

it('a file that goes away leaves nothing behind', async () => {
  const writer = createArtifactWriter(join(dir, 'out'), async () => ({ sha256: 'ab', bytes: 1 }))
  const gone: ArtifactFile = { path: 'x', kind: 'copy', from: join(dir, 'gone'), mode: 0o644 }
  await expect(writer.writeFunction('x', [gone])).rejects.toMatchObject({ code: 'ENOENT' })
  expect(await readdir(join(dir, 'out'))).toEqual([])
})

it.each([
  ['a folder that climbs', { dir: '../x' }],
  ['an entry point that climbs out of the artifact', { entry: '../../../../x.js' }],
  ['a working directory that climbs', { cwd: '../../../..' }],
  ['the artifact itself', { dir: '.' }],
])('a manifest that points outside is refused: %s', async (_, change) => {
  await createArtifactWriter(dir).publish(
    manifestOf({ ...describeFunction('x', 'functions/x/1'), ...change }),
  )
  await expect(readArtifact(dir)).rejects.toMatchObject({
    code: 'ARTIFACT_INVALID',
    message: expect.stringContaining('outside'),
  })
})

it('two functions of one name are refused', async () => {
  const one = describeFunction('x', 'functions/x/1')
  await createArtifactWriter(dir).publish(manifestOf(one, one))
  await expect(readArtifact(dir)).rejects.toMatchObject({ code: 'ARTIFACT_INVALID' })
})

it('a working directory is there, also where the function has no file in it', async () => {
  const writer = createArtifactWriter(dir)
  const written = await writer.writeFunction('hello', hello)
  await writer.publish(manifestOf({ ...describeFunction('hello', written.dir), cwd: 'sites/one' }))
  expect((await stat(join(dir, written.dir, 'sites/one'))).isDirectory()).toBe(true)
})
