// A folder from which nothing can be served is an error that says where was looked and what was probably meant.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ProjectFiles, writeProject } from '../helpers/project-files.ts'
import { runRoost, startRoost } from '../helpers/roost.ts'

const HELLO = 'export default () => new Response("hello")\n'

describe('a folder that is not a project', () => {
  it.each<[string, ProjectFiles, string, string]>([
    ['an empty folder', { 'empty/': '' }, 'empty', ''],
    ['a folder with other things', { 'a/package.json': '{}', 'a/src/x.js': '' }, 'a', ''],
    ['the functions directory', { 'netlify/functions/hello.mjs': HELLO }, 'netlify/functions', '.'],
    ['the folder above it', { 'apps/site/netlify/functions/a.mjs': HELLO, 'docs/': '' }, '.', 'apps/site'],
    ['one of several above', { 'a/netlify.toml': '', 'b/netlify.toml': '' }, '.', ''],
    ['a typo', { 'my-site/netlify/functions/a.mjs': HELLO }, 'my-stie', 'my-site'],
    ['a typo on the way', { 'apps/site/netlify/functions/a.mjs': HELLO }, 'aps/site', 'apps/site'],
    ['a file', { 'netlify.toml': '', 'netlify/functions/a.mjs': HELLO }, 'netlify.toml', '.'],
  ])('%s', async (_what, files, given, meant) => {
    const root = await writeProject({ 'package.json': '{"workspaces":[]}', ...files })
    const dir = join(root, given)
    for (const command of ['serve', 'build', 'check', 'functions:list']) {
      const { code, stdout, stderr } = await runRoost([command, dir])
      expect([code, stdout], `${command} ${stderr}`).toEqual([1, ''])
      expect(stderr).toMatch(/^error PROJECT_NOT_FOUND: /)
      expect(stderr).toContain(dir)
      const question = /Did you mean (\S+)\?/.exec(stderr)?.[1]
      expect(question).toBe(meant === '' ? undefined : join(root, meant))
    }
    expect(existsSync(join(dir, '.netlify')), 'nothing is written into it').toBe(false)
  })

  it('says where it looked', async () => {
    const dir = await writeProject({ 'netlify.toml': '[functions]\ndirectory = "fns"\n' })
    const { stderr } = await runRoost(['serve', dir])
    expect(stderr).toContain(`Looked for functions in ${dir}/fns, `)
  })

  it('is one whose functions and static files are configured, and neither folder exists', async () => {
    const files = { 'netlify.toml': '[build]\npublish = "dist"\n[functions]\ndirectory = "fns"\n' }
    const dir = await writeProject(files)
    const { code, stderr } = await runRoost(['serve', dir])
    expect([code, stderr]).toEqual([1, expect.stringContaining(`and for static files in ${dir}/dist. `)])
  })

  it.each<[string, ProjectFiles, string]>([
    ['functions', { 'functions/hello.mjs': HELLO }, '[functions] directory = "functions"'],
    ['src/functions', { 'src/functions/hello.mjs': HELLO }, '[functions] directory = "src/functions"'],
    ['nothing alike', { 'lib/x.js': '' }, 'Pass the folder that holds netlify.toml or netlify/functions.'],
  ])(
    'says what to do about %s: Netlify may know the directory from the settings of the site',
    async (_what, files, words) => {
      const { stderr } = await runRoost(['serve', await writeProject(files)])
      expect(stderr).toContain('Looked for functions in ')
      expect(stderr).toContain(words)
    },
  )

  it('says how to serve files alone', async () => {
    const dir = await writeProject({ 'index.html': 'home' })
    const { stderr } = await runRoost(['serve', dir])
    expect(stderr).toContain(`To serve its files alone: roost serve ${dir} --dir ${dir}`)
  })

  it('says that an app of a framework is built first, with a page that is there', async () => {
    const dir = await writeProject({ 'package.json': '{"scripts":{"build":"next build"}}', 'app/': '' })
    const { stderr } = await runRoost(['serve', dir])
    const page = /package\.json first\. (\S+) has the command for each\./.exec(stderr)?.[1]
    expect(page).toMatch(/docs\/guide\/frameworks\.md$/)
    expect(existsSync(page!)).toBe(true)
  })

  it('is not one when the netlify.toml above it counts, also after Roost has written into it', async () => {
    const root = await writeProject({
      'package.json': '{"workspaces":[]}',
      'netlify.toml': '',
      'netlify/functions/a.mjs': HELLO,
      'src/': '',
    })
    for (const _time of ['first', 'second']) {
      await using roost = await startRoost(['serve', join(root, 'src'), '--port', '0'])
      expect(await (await fetch(`${roost.url}/.netlify/functions/a`)).text()).toBe('hello')
    }
  })

  it('is not one as soon as there are static files', async () => {
    const dir = await writeProject({ 'site/index.html': 'home' })
    await using roost = await startRoost(['serve', dir, '--dir', join(dir, 'site'), '--port', '0'])
    expect(await (await fetch(roost.url)).text()).toBe('home')
  })
})
