// What a person sees when a server starts (D20 and D55): short, and only what is true of this project.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../helpers/http.ts'
import { runRoost, startRoost } from '../helpers/roost.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

const HANDLER = 'export default () => new Response("here")\n'

const ESCAPE = String.fromCharCode(27)

let dir: string
beforeAll(() => {
  dir = temporaryFolder('start-screen')
})

function write(name: string, files: Record<string, string>): string {
  for (const [path, text] of Object.entries(files)) {
    const file = join(dir, name, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  return join(dir, name)
}

const FEW = {
  'public/index.html': '<p>home</p>',
  'netlify.toml': '[build]\npublish = "public"\n',
  'netlify/functions/plain.mjs': HANDLER,
  'netlify/functions/guide.mts': `${HANDLER}export const config = { path: '/guide/:city', method: 'GET' }\n`,
  'netlify/functions/nightly.mjs': `${HANDLER}export const config = { schedule: '@daily' }\n`,
  'netlify/functions/rest.mjs': `${HANDLER}export const config = { path: '/*', excludedPath: '/x', preferStatic: true }\n`,
}

describe('the start screen', () => {
  it('has one line a function, what was built and on which Node, the notes last, and the address once', async () => {
    await using roost = await startRoost(['serve', write('few', FEW), '--port', '0'])
    await roost.stderr.waitFor(/^note Schedules/)
    const lines = roost.stderr.all
    expect(lines[0]).toMatch(
      /^Roost [\d.]+\S*\. Built 4 functions in [\d.]+ m?s\. Node [\d.]+\. Sandbox: [\w-]+\.$/,
    )
    const table = lines.slice(1, 5).map((line) => line.trim().split(/\s+/))
    expect(table).toEqual([
      ['GET', '/guide/:city', 'netlify/functions/guide.mts'],
      [
        'ANY',
        '/.netlify/functions/nightly',
        'netlify/functions/nightly.mjs',
        '(scheduled',
        '@daily,',
        'not',
        'public)',
      ],
      ['ANY', '/.netlify/functions/plain', 'netlify/functions/plain.mjs'],
      ['ANY', '/*', 'netlify/functions/rest.mjs'],
    ])
    for (const line of lines.slice(5)) expect(line).toMatch(/^note /)
    expect(lines.join('\n')).not.toMatch(/http:|curl/)
    expect(lines.join('\n')).not.toContain(ESCAPE)
    expect(roost.stdout.text).toBe(`Roost ready: ${roost.url}`)
  })

  it('says of a function that events run that its URL is not public, and functions:list does so too', async () => {
    const project = write('events', {
      'netlify/functions/submission-created.mjs': HANDLER,
      'netlify/functions/Deploy-Failed-background.mjs': HANDLER,
    })
    await using roost = await startRoost(['serve', project, '--port', '0'])
    for (const name of ['submission-created', 'Deploy-Failed-background'])
      expect(roost.stderr.text).toMatch(new RegExp(`${name}\\.mjs \\(run by events, not public\\)$`, 'm'))
    const { stdout } = await runRoost(['functions:list', project, '--json'])
    expect(JSON.parse(stdout)).toMatchObject([{ kind: 'event' }, { kind: 'event' }])
  })

  it('says with --verbose what the sandbox cannot prevent, and a curl line for what can be called', async () => {
    await using roost = await startRoost(['serve', write('few', FEW), '--port', '0', '--verbose'])
    await roost.stderr.waitFor(/curl .*plain/)
    expect(roost.stderr.text).toMatch(/Sandbox: \S+\.\n {2}Not prevented: /)
    const urls = [...roost.stderr.text.matchAll(/^ {2}curl (?:-N )?'?(http[^'\s]+)/gm)].map(([, url]) => url!)
    expect(urls.map((url) => new URL(url).pathname)).toEqual(['/guide/city', '/.netlify/functions/plain'])
    for (const url of urls) expect(await ask(url)).toMatchObject({ status: 200, body: 'here' })
  })

  it('says of a start that builds nothing anew how many functions are unchanged', async () => {
    const project = write('again', FEW)
    await using first = await startRoost(['serve', project, '--port', '0'])
    await first.stop()
    await using second = await startRoost(['serve', project, '--port', '0'])
    expect(await second.stderr.waitFor(/^Roost /)).toContain('4 of them unchanged')
  })

  it('counts what would fill the screen, and names the command that lists it', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [
        `netlify/functions/fn${i}.mjs`,
        `${HANDLER}export const config = { schedule: '@daily' }\n`,
      ]),
    )
    await using roost = await startRoost(['serve', write('many ones', many), '--port', '0'])
    await roost.stderr.waitFor(/^note Schedules/)
    expect(roost.stderr.all.length).toBeLessThan(8)
    expect(roost.stderr.text).toMatch(/60 functions\. To list them: roost functions:list '\/\S+many ones'$/m)
    expect(roost.stderr.text).toMatch(/Schedules do not fire yet \(.* and 50 more\)/)
  })

  it('has colours where they are asked for', async () => {
    const env = { FORCE_COLOR: '1' }
    await using roost = await startRoost(['serve', write('few', FEW), '--port', '0'], { env })
    await roost.stderr.waitFor(new RegExp(`^${ESCAPE}\\[1mRoost`))
    expect(roost.stdout.text).toBe(`Roost ready: ${roost.url}`)
  })

  it('is one object a line with --json', async () => {
    await using roost = await startRoost(['serve', write('few', FEW), '--port', '0', '--json', '--verbose'])
    for (const line of roost.stderr.all) expect(JSON.parse(line)).toMatchObject({ event: expect.any(String) })
  })
})
