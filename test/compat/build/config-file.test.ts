import { describe, expect, it } from 'vitest'
import { type FindProjectOptions, findProject, type Project } from '../../../src/builder/project/index.ts'
import { type ProjectFiles, writeProject } from '../../helpers/project-files.ts'
import { refusalsOf } from '../../helpers/project-reading.ts'

// dev-and-edge.md §1 and build.md §1, §5: finding a project, and reading its netlify.toml.

async function find(
  files: ProjectFiles,
  below = '',
  options?: FindProjectOptions,
): Promise<[Project, string]> {
  const dir = await writeProject(files)
  return [await findProject(`${dir}/${below}`, options), dir]
}

const refuse = async (toml: string) => refusalsOf(find({ 'netlify.toml': toml }))

describe('dev-and-edge.md §1.1: folders', () => {
  it('a folder without anything is a project', async () => {
    const [project, dir] = await find({})
    expect(project).toMatchObject({
      root: dir,
      buildDir: dir,
      repositoryRoot: dir,
      functions: [],
      context: 'production',
    })
    expect(project.configFile).toBeUndefined()
    expect(project.publishDir).toBeUndefined()
    expect(project.functionsDirs).toEqual({
      user: `${dir}/netlify/functions`,
      frameworks: `${dir}/.netlify/v1/functions`,
      internal: `${dir}/.netlify/functions-internal`,
    })
  })

  it('no folder is none', async () => {
    expect(await refusalsOf(find({}, 'missing'))).toMatchObject([{ code: 'PROJECT_NOT_FOUND' }])
    expect(await refusalsOf(find({ file: '' }, 'file'))).toMatchObject([{ code: 'PROJECT_NOT_FOUND' }])
  })

  it('the repository root is the nearest ancestor with .git', async () => {
    const [project, dir] = await find({ '.git/HEAD': '', 'apps/web/package.json': '{}' }, 'apps/web')
    expect(project).toMatchObject({ repositoryRoot: dir, buildDir: `${dir}/apps/web` })
  })

  it.each([
    ['npm and yarn', { 'package.json': '{ "workspaces": ["packages/*"] }' }],
    ['pnpm', { 'pnpm-workspace.yaml': 'packages:\n  - packages/*' }],
  ])('without .git the workspaces root of %s', async (_case, files) => {
    const [project, dir] = await find({ ...files, 'packages/a/package.json': '{}' }, 'packages/a')
    expect(project).toMatchObject({ repositoryRoot: dir, buildDir: `${dir}/packages/a` })
  })

  it('[build] base is relative to the repository root', async () => {
    const files = {
      '.git/HEAD': '',
      'site/index.html': '',
      'netlify.toml': '[build]\nbase = "/site"\npublish = "."',
    }
    const [project, dir] = await find(files)
    expect(project).toMatchObject({ buildDir: `${dir}/site`, publishDir: `${dir}/site` })
    expect(project.functionsDirs.user).toBe(`${dir}/site/netlify/functions`)
  })

  it('a netlify.toml in the base directory replaces the first one', async () => {
    const files = {
      '.git/HEAD': '',
      'netlify.toml': '[build]\nbase = "site"\npublish = "first"',
      'site/netlify.toml': '[build]\npublish = "second"\nbase = "ignored"',
      'site/second/index.html': '',
    }
    const [project, dir] = await find(files)
    expect(project).toMatchObject({
      configFile: `${dir}/site/netlify.toml`,
      publishDir: `${dir}/site/second`,
    })
  })

  it('a project inside somebody else’s repository may name its base from its own folder', async () => {
    const files = {
      '.git/HEAD': '',
      'examples/a/netlify.toml': '[build]\nbase = "site"',
      'examples/a/site/': '',
    }
    const [project, dir] = await find(files, 'examples/a')
    expect(project).toMatchObject({ buildDir: `${dir}/examples/a/site`, repositoryRoot: dir })
  })

  it('a base that does not exist, or lies outside, is refused', async () => {
    for (const base of ['missing', '../..'])
      expect(await refuse(`[build]\nbase = "${base}"`)).toMatchObject([
        { code: 'CONFIG_INVALID', line: 2, key: 'build.base' },
      ])
  })

  it('the nearest netlify.toml upwards counts; the folder with a package.json is the base', async () => {
    const files = {
      '.git/HEAD': '',
      'netlify.toml': '[functions]\nregion = "fra"',
      'packages/a/package.json': '{}',
      'packages/a/src/x.ts': '',
    }
    const [project, dir] = await find(files, 'packages/a/src')
    expect(project).toMatchObject({ configFile: `${dir}/netlify.toml`, buildDir: `${dir}/packages/a` })
  })

  it('publish outside the repository is refused, a missing one is said', async () => {
    expect(await refuse('[build]\npublish = "../x"')).toMatchObject([
      { code: 'CONFIG_INVALID', key: 'build.publish', line: 2 },
    ])
    const [project, dir] = await find({ 'netlify.toml': '[build]\npublish = "/dist"' })
    expect(project.publishDir).toBe(`${dir}/dist`)
    expect(project.warnings).toMatchObject([{ code: 'PUBLISH_DIR_MISSING', line: 2 }])
  })

  it('--dir goes before [build] publish, relative to the folder asked for', async () => {
    const files = { 'netlify.toml': '[build]\npublish = "dist"', 'other/x.html': '' }
    const [project, dir] = await find(files, '', { publishDir: 'other' })
    expect(project.publishDir).toBe(`${dir}/other`)
  })
})

describe('dev-and-edge.md §1.2: contexts', () => {
  const toml = [
    '[build]',
    'publish = "a"',
    '[build.environment]',
    'ONE = "1"',
    'TWO = 2',
    '[context.dev]',
    'publish = "b"',
    'environment = { TWO = "two" }',
    '[context.staging.environment]',
    'ONE = "branch"',
    '[context."feature/*".environment]',
    'ONE = "feature"',
  ].join('\n')
  const files = { 'netlify.toml': toml, 'a/': '', 'b/': '' }

  it('production by default', async () => {
    const [project, dir] = await find(files)
    expect(project).toMatchObject({ publishDir: `${dir}/a`, environment: { ONE: '1', TWO: '2' } })
  })

  it('the context goes above the file, the branch above the context', async () => {
    const [project, dir] = await find(files, '', { context: 'dev', branch: 'staging' })
    expect(project).toMatchObject({ publishDir: `${dir}/b`, environment: { ONE: 'branch', TWO: 'two' } })
  })

  it('the table of [build] below a context counts as the keys of the context', async () => {
    const toml =
      '[build]\npublish = "a"\n[context.production.build]\npublish = "b"\nenvironment = { ONE = "1" }'
    const [project, dir] = await find({ ...files, 'netlify.toml': toml })
    expect(project).toMatchObject({ publishDir: `${dir}/b`, environment: { ONE: '1' }, warnings: [] })
    const wrong = '[context.production.build]\nfunctions = "../out"'
    expect(await refusalsOf(find({ 'netlify.toml': wrong }))).toMatchObject([
      { code: 'FUNCTIONS_DIR_INVALID', line: 2 },
    ])
  })

  it('what a context gets wrong is named where it stands', async () => {
    const toml = '[build]\nfunctions = "a"\n[context."feature/*"]\nfunctions = "../out"'
    const refusals = refusalsOf(
      find({ 'netlify.toml': toml }, '', { context: 'branch-deploy', branch: 'feature/x' }),
    )
    expect(await refusals).toMatchObject([{ code: 'FUNCTIONS_DIR_INVALID', line: 4 }])
  })

  it('a trailing star matches by prefix, an exact name goes first', async () => {
    const [project] = await find(files, '', { context: 'branch-deploy', branch: 'feature/x' })
    expect(project.environment.ONE).toBe('feature')
  })
})

describe('netlify.toml that is wrong', () => {
  it.each([
    ['[build]\npublish = dist', 2, 'quotes'],
    ['[build]\npublish: "dist"', 2, 'colons'],
    ['[build]\npublish = "dist', 2, 'Close the quote'],
    ['[build\npublish = "dist"', 1, 'Close the bracket'],
    ['[build]\npublish =\n', 2, 'Give the key a value'],
  ])('%j names line %d and what to do', async (toml, line, advice) => {
    const dir = await writeProject({ 'netlify.toml': toml })
    const error = await findProject(dir).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'CONFIG_SYNTAX', details: { file: `${dir}/netlify.toml`, line } })
    expect((error as { hint: string }).hint).toContain(advice)
    expect((error as Error).message).toContain(`netlify.toml:${line}:`)
  })

  it('all wrong values at once, each with its line', async () => {
    const toml = [
      '[build]',
      'publish = 5',
      'command = ["a"]',
      '',
      '[functions."api/*"]',
      'vcpu = 9',
      'schedule = "60 * * * *"',
      'included_files = [',
      '  "ok",',
      '  7,',
      ']',
      '[context.dev.functions]',
      'memory = true',
      '[dev]',
      'port = "8888"',
      '[[redirects]]',
      'from = "/a"',
    ]
    expect(await refuse(toml.join('\n'))).toMatchObject([
      { code: 'CONFIG_INVALID', line: 2, key: 'build.publish' },
      { code: 'CONFIG_INVALID', line: 3, key: 'build.command' },
      { code: 'CONFIG_INVALID', line: 6, key: 'functions."api/*".vcpu' },
      { code: 'SCHEDULE_INVALID', line: 7 },
      { code: 'CONFIG_INVALID', line: 10, key: 'functions."api/*".included_files[1]' },
      { code: 'CONFIG_INVALID', line: 13, key: 'context.dev.functions.memory' },
      { code: 'CONFIG_INVALID', line: 15, key: 'dev.port' },
    ])
  })

  it('§5.1: functions and their tables are tables', async () => {
    expect(await refuse('functions = "x"')).toMatchObject([
      { code: 'CONFIG_INVALID', key: 'functions', line: 1 },
    ])
    expect(await refuse('[functions]\nhello = 5')).toMatchObject([{ key: 'functions.hello', line: 2 }])
  })

  it.each([
    ['memroy = "2gb"', 'Did you mean "memory"?'],
    ['direcotry = "fns"', 'Did you mean "directory"?'],
    ['background = true', 'Move it to the table of one function'],
    ['frobnicate = 1', 'The keys directly under [functions] are'],
  ])('the hint for %s', async (line, advice) => {
    const dir = await writeProject({ 'netlify.toml': `[functions]\n${line}` })
    await expect(findProject(dir)).rejects.toMatchObject({
      errors: [{ code: 'CONFIG_INVALID', hint: expect.stringContaining(advice) }],
    })
  })

  it('unknown keys elsewhere are warnings: Netlify ignores them', async () => {
    const [project] = await find({ 'netlify.toml': '[build]\npublsh = "x"\n[devv]\nport = 1' })
    expect(project.warnings.map(({ code, line }) => [code, line])).toEqual([
      ['CONFIG_KEY_UNKNOWN', 2],
      ['CONFIG_KEY_UNKNOWN', 3],
    ])
    expect(project.warnings[0]?.message).toContain('Did you mean "publish"?')
  })

  it('capitalised keys of old files are read, and named as they stand', async () => {
    const [project, dir] = await find({ 'netlify.toml': '[Build]\nPublish = "dist"', 'dist/': '' })
    expect(project.publishDir).toBe(`${dir}/dist`)
    expect(await refuse('[Build]\nCommand = "x"\nPublish = 5')).toMatchObject([
      { code: 'CONFIG_INVALID', line: 3 },
    ])
  })

  it('a BOM does not matter', async () => {
    const [project] = await find({ 'netlify.toml': '\uFEFF[functions]\nregion = "fra"' })
    expect(project.functions[0]?.settings).toEqual({ region: 'fra' })
  })
})
