import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Manifest, ManifestFunction } from '../../../src/artifact/manifest/index.ts'
import type { RoostError, RoostErrors } from '../../../src/base/errors/index.ts'
import { type BuildOptions, type BuildResult, buildProject } from '../../../src/builder/pipeline/index.ts'
import { temporaryFolder } from '../../helpers/temporary-folder.ts'

/** Path → text, or where a link leads. */
export type Tree = Record<string, string | { link: string }>

export interface TestProject {
  dir: string
  /** Lies elsewhere, so that nothing is found in the project by climbing up. */
  outDir: string
  write(tree: Tree): Promise<void>
  build(options?: Partial<BuildOptions>): Promise<TestBuild>
  /** Builds and expects it to fail. */
  buildErrors(options?: Partial<BuildOptions>): Promise<RoostError[]>
}

export interface TestBuild extends BuildResult {
  get(name: string): ManifestFunction
  /** Paths of a function's folder, sorted. */
  files(name: string): Promise<string[]>
  read(name: string, path: string): Promise<string>
  /** Imports and calls the functions in one Node process of their own. */
  run(calls: Call[]): Promise<Answer[]>
}

export interface Call {
  name: string
  url?: string
  event?: unknown
}

export interface Answer {
  body?: string
  error?: string
  stack?: string
}

/** A project in a temporary folder, which is its own repository. */
export async function createProject(tree: Tree, subfolder = '.'): Promise<TestProject> {
  const root = temporaryFolder('build')
  const outDir = join(temporaryFolder('build'), 'artifact')
  const write = (files: Tree) => writeTree(root, files)
  await write({ '.git/HEAD': 'ref: refs/heads/main\n', ...tree })
  const dir = join(root, subfolder)
  const build = async (options: Partial<BuildOptions> = {}): Promise<TestBuild> =>
    describeBuild(await buildProject({ dir, outDir, ...options }))
  return {
    dir,
    outDir,
    write,
    build,
    async buildErrors(options) {
      const error = await build(options).then(
        () => new Error('the build did not fail'),
        (failure: unknown) => failure as RoostErrors | RoostError,
      )
      return 'errors' in error ? error.errors : [error as RoostError]
    },
  }
}

export async function writeTree(root: string, tree: Tree): Promise<void> {
  for (const [path, content] of Object.entries(tree)) {
    const file = join(root, path)
    await mkdir(dirname(file), { recursive: true })
    if (typeof content === 'string') await writeFile(file, content)
    else await symlink(content.link, file)
  }
}

/** A package of one module below `node_modules`, with further fields of its package.json. */
export function installed(name: string, code: string, fields: object = {}, at = 'node_modules'): Tree {
  return {
    [`${at}/${name}/package.json`]: JSON.stringify({ name, version: '1.0.0', main: 'index.js', ...fields }),
    [`${at}/${name}/index.js`]: code,
  }
}

/** A web function that answers with the text of `expression`. */
export function answering(expression: string, imports = ''): string {
  return `${imports}\nexport default async () => new Response(String(${expression}))\n`
}

export function describeBuild(result: BuildResult): TestBuild {
  const get = (name: string) => findFunction(result.manifest, name)
  const folderOf = (name: string) => join(result.artifactDir, get(name).dir)
  return {
    ...result,
    get,
    files: async (name) => listFiles(folderOf(name)),
    read: (name, path) => readFile(join(folderOf(name), path), 'utf8'),
    run: (calls) =>
      runFunctions(
        calls.map(({ name, url = 'http://site.test/', event = {} }) => {
          const { entry, cwd = '', format } = get(name)
          return { entry: join(folderOf(name), entry), cwd: join(folderOf(name), cwd), format, url, event }
        }),
      ),
  }
}

function findFunction(manifest: Manifest, name: string): ManifestFunction {
  const found = manifest.functions.find((fn) => fn.name === name)
  if (found === undefined)
    throw new Error(`no function "${name}" among ${manifest.functions.map((fn) => fn.name).join(', ')}`)
  return found
}

async function listFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .sort()
}

async function runFunctions(jobs: unknown[]): Promise<Answer[]> {
  const program = fileURLToPath(new URL('./run-functions.mjs', import.meta.url))
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--enable-source-maps', '--no-warnings', program, JSON.stringify(jobs)],
    { cwd: tmpdir() },
  )
  return JSON.parse(stdout) as Answer[]
}
