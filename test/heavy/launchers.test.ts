import { spawnSync } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { ZipFile } from 'yazl'
import { ask } from '../helpers/http.ts'
import { writeProject } from '../helpers/project-files.ts'
import { startRoost } from '../helpers/roost.ts'

// What stands before a function's process runs as root. It sees nothing of the function's variables: with them it would load
// and run what lies in the function's archive. They reach the process behind it, whole, and stand in no command line.

const isRoot = process.getuid?.() === 0
if (!isRoot) console.log('Launchers that run as root are not tried here: they need root.')
const hasGcc = spawnSync('gcc', ['--version']).status === 0
if (!hasGcc) console.log('LD_PRELOAD is not tried here: there is no gcc.')
const profiles = ['process', 'bubblewrap'].filter(
  (name) => name === 'process' || spawnSync('/usr/bin/bwrap', ['--version']).status === 0,
)

/** The runtime API in Bash: answers with its environment. */
const BOOTSTRAP = `#!/bin/bash
three=$(/usr/bin/readlink /proc/$$/fd/3)
IFS=/ read -r address path <<< "$AWS_LAMBDA_RUNTIME_API"
base=/$path/2018-06-01/runtime/invocation
ask() {
  exec 5<> "/dev/tcp/\${address%:*}/\${address#*:}"
  printf '%s %s HTTP/1.1\\r\\nHost: %s\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n%s' "$1" "$base/$2" "$address" "\${#3}" "$3" >&5
  /bin/cat <&5
}
while id=$(ask GET next '' | /bin/sed -n 's/^Lambda-Runtime-Aws-Request-Id: \\([^\\r]*\\).*/\\1/Ip') && [ -n "$id" ]; do
  environment=$(/usr/bin/base64 -w 0 < /proc/$$/environ)
  ask POST "$id/response" "{\\"statusCode\\":200,\\"body\\":\\"$environment $UID $three\\"}" > /dev/null
done
`

/** Says who has loaded it. */
const LIBRARY = `
#include <stdio.h>
#include <unistd.h>
__attribute__((constructor)) static void load(void) {
  FILE *seen = fopen(SEEN, "a");
  if (seen) { fprintf(seen, "%d %d\\n", getuid(), geteuid()); fclose(seen); }
}`

const VALUES = {
  SECRET: 'a-value-in-no-command-line',
  LINES: 'one\n.\n\n\'two\' "three" $HOME `id` \\ \\n *\n',
  UNICODE: 'Grüße 𝄞 日本 \u0081\u0088\u00ff',
  CONTROL: '\u0001\u0002\t\r\u007f',
  EMPTY: '',
  LONG: 'x'.repeat(100_000),
  IFS: 'x',
  PS4: '$(id)',
}

describe.runIf(isRoot).each(profiles)('launchers in %s', (profile) => {
  let dir: string
  let seen: string

  beforeEach(async () => {
    dir = await writeProject({
      'netlify/functions/plain.mjs': `export default () => Response.json([Error.stackTraceLimit, process.env.LD_PRELOAD])`,
    })
    await chmod(dir, 0o755)
    seen = join(dir, 'seen')
    await writeFile(seen, '')
    await chmod(seen, 0o666)
    const zip = new ZipFile()
    zip.addBuffer(Buffer.from(BOOTSTRAP), 'bootstrap', { mode: 0o100755 })
    zip.addBuffer(Buffer.from('{"runtime":"go"}'), 'netlify-toolchain', { mode: 0o100644 })
    zip.end()
    await pipeline(zip.outputStream, createWriteStream(join(dir, 'netlify/functions/shell.zip')))
  })

  async function callBoth(env: Record<string, string>) {
    const file = join(dir, 'variables.env')
    await writeFile(
      file,
      Object.entries(env)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    )
    const flags = [
      '--port',
      '0',
      '--sandbox',
      profile,
      '--env-file',
      file,
      ...toFlags({ ...VALUES, OPTIND: 'x' }),
    ]
    // The flags show in the command line of the host, and so are not the ones that are looked for.
    await using roost = await startRoost(['serve', dir, ...flags])
    await roost.stderr.waitFor(/OPTIND cannot be given to shell/)
    const call = Promise.all([
      ask(`${roost.url}/.netlify/functions/shell`),
      ask(`${roost.url}/.netlify/functions/plain`),
    ])
    const shown: string[] = []
    let isOver = false
    const watching = (async () => {
      while (!isOver) shown.push(...(await findInCommandLines(env.HIDDEN!)))
    })()
    const [shell, plain] = await call.finally(() => {
      isOver = true
    })
    await watching
    expect([shell.status, plain.status]).toEqual([200, 200])
    const [environment, uid, three] = shell.body.split(' ')
    const variables = Buffer.from(environment!, 'base64').toString().split('\0').filter(Boolean)
    return { shown, variables, uid: Number(uid), three, plain: JSON.parse(plain.body) as unknown[] }
  }

  it('programs named as the launchers, in a PATH of the function, are not run', async () => {
    const bin = join(dir, 'bin')
    await mkdir(bin)
    for (const name of ['bwrap', 'setpriv', 'prlimit', 'sh', 'cat', 'flock', 'grep', 'env']) {
      await writeFile(
        join(bin, name),
        `#!/bin/sh\necho "$(/usr/bin/id -u) $0" >> ${seen}\nexec /usr/bin/${name} "$@"\n`,
      )
      await chmod(join(bin, name), 0o755)
    }
    const env = {
      HIDDEN: 'hidden-in-the-env-file',
      PATH: `${bin}:/usr/bin:/bin`,
      NODE_OPTIONS: '--stack-trace-limit=33',
    }
    const { shown, variables, uid, three, plain } = await callBoth(env)
    expect(await readFile(seen, 'utf8')).toBe('')
    expect(uid).toBeGreaterThanOrEqual(2_000_000)
    expect(variables).toEqual(
      expect.arrayContaining(
        Object.entries({ ...VALUES, ...env }).map(([name, value]) => `${name}=${value}`),
      ),
    )
    expect(variables.filter((line) => /^(roost_|OPTIND)/.test(line))).toEqual([])
    expect(shown).toEqual([])
    expect(plain[0]).toBe(33)
    expect(three).not.toMatch(/^socket/) // it is Bash's own, or none
  })

  it.runIf(hasGcc)('a library of the function is loaded by its own processes only', async () => {
    const library = join(dir, 'library.so')
    const built = spawnSync('gcc', ['-shared', '-fPIC', `-DSEEN="${seen}"`, '-x', 'c', '-o', library, '-'], {
      input: LIBRARY,
      encoding: 'utf8',
    })
    expect(built.stderr).toBe('')
    const env = { HIDDEN: 'hidden-in-the-env-file', LD_PRELOAD: library, LD_LIBRARY_PATH: dir }
    const { variables, uid, plain } = await callBoth(env)
    const users = new Set((await readFile(seen, 'utf8')).split('\n').filter(Boolean))
    // Within bubblewrap the library is not to be seen.
    expect([...users]).toEqual(profile === 'process' ? [`${uid} ${uid}`] : [])
    expect(variables).toContain(`LD_PRELOAD=${library}`)
    expect(plain[1]).toBe(library)
  })
})

function toFlags(env: Record<string, string>): string[] {
  return Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])
}

async function findInCommandLines(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')), // ended meanwhile
  )
  return lines.filter((line) => line.includes(text))
}
