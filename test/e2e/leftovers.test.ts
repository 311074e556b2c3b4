import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parseSystemV } from '../../src/compute/memory/index.ts'
import { removeLeftovers } from '../../src/compute/sandbox/leftovers.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

// Real files and objects under real user IDs: of a block that no host takes before 60 others run.

const [MINE, OTHER] = [2_062_001, 2_062_002]
const isRoot = process.getuid?.() === 0
if (!isRoot) console.log('Leftovers are not removed here: only root has user IDs to give.')

function runAs(id: number, script: string, cwd: string): void {
  const { status, stderr } = spawnSync(
    'setpriv',
    ['--reuid', String(id), '--regid', String(id), '--clear-groups', '/bin/sh', '-ec', script],
    { cwd, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(stderr)
}

function countSystemV(maker: number): number {
  return ['shm', 'sem', 'msg'].flatMap((kind) =>
    parseSystemV(readFileSync(`/proc/sysvipc/${kind}`, 'latin1')).filter((object) => object.maker === maker),
  ).length
}

it('takes no ID that is not one of ours', async () => {
  for (const id of [0, 1000, 1_999_999, 2_064_000, Number.NaN])
    await expect(removeLeftovers([MINE, id])).rejects.toThrow('is not one that instances get')
})

describe.runIf(isRoot)('what an ID leaves behind', () => {
  afterEach(() => removeLeftovers([MINE, OTHER]))

  it.each(['/dev/shm', '/tmp', '/var/tmp'])('in %s is removed, whatever its name', async (folder) => {
    runAs(
      MINE,
      `mkdir -p -- '-rf' 'a b' "$(printf 'new\\nline')"; : > '-rf/x'; : > "$(printf '\\377\\001')"; ln -s / to-root
       mkdir closed; : > closed/file; chmod 0 closed; mkfifo pipe; mv closed "$(printf '*')"`,
      folder,
    )
    await removeLeftovers([MINE])
    expect(spawnSync('find', [folder, '-user', String(MINE)], { encoding: 'utf8' }).stdout).toBe('')
    expect(existsSync('/etc')).toBe(true)
  })

  it("neither a link's target nor anybody else's file goes with it", async () => {
    const kept = temporaryFolder('kept')
    writeFileSync(join(kept, 'file'), '')
    runAs(OTHER, 'mkdir roost-other; : > roost-other/file', '/tmp')
    runAs(MINE, 'mkdir roost-mine', '/tmp')
    symlinkSync(kept, '/tmp/roost-mine/link')
    await removeLeftovers([MINE])
    expect(existsSync('/tmp/roost-mine')).toBe(false)
    expect(existsSync(join(kept, 'file')) && existsSync('/tmp/roost-other/file')).toBe(true)
  })

  it('what is mounted in it stays, and it says so', async () => {
    runAs(MINE, 'mkdir roost-mine roost-mine/mounted', '/tmp')
    expect(spawnSync('mount', ['--bind', '/dev', '/tmp/roost-mine/mounted']).status).toBe(0)
    try {
      await expect(removeLeftovers([MINE])).rejects.toThrow('/tmp/roost-mine/mounted')
      expect(existsSync('/dev/null')).toBe(true)
    } finally {
      spawnSync('umount', ['/tmp/roost-mine/mounted'])
    }
  })

  it('a tree deeper than a path can be goes', { timeout: 60_000 }, async () => {
    runAs(
      MINE,
      `mkdir roost-deep; cd roost-deep; perl -e 'for (1 .. 3000) { mkdir "dd"; chdir "dd" }'`,
      '/tmp',
    )
    await removeLeftovers([MINE])
    expect(existsSync('/tmp/roost-deep')).toBe(false)
  })

  it('the event loop is free meanwhile, however many files there are', { timeout: 120_000 }, async () => {
    runAs(MINE, 'mkdir roost-many; cd roost-many; seq 1 100000 | xargs touch', '/tmp')
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    const removed = removeLeftovers([MINE]).then(() => turns)
    expect(await removed).toBeGreaterThan(20)
    clearInterval(timer)
    expect(existsSync('/tmp/roost-many')).toBe(false)
  })

  it('System V objects go, those of others stay', async () => {
    runAs(MINE, 'ipcmk -M 4096; ipcmk -S 2; ipcmk -Q; ipcmk -M 4096', '/')
    runAs(OTHER, 'ipcmk -M 4096', '/')
    expect(countSystemV(MINE)).toBe(4)
    await removeLeftovers([MINE])
    expect([countSystemV(MINE), countSystemV(OTHER)]).toEqual([0, 1])
  })

  it('nothing left is nothing to do', async () => {
    await removeLeftovers([])
    await removeLeftovers(Array.from({ length: 1000 }, (_, i) => 2_062_000 + i))
  })
})
