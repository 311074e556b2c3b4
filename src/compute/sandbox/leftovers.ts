import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { parseSystemV } from '../memory/index.ts'
import { END_ID, FIRST_ID } from './id-block.ts'

/**
 * Removes what has run as one of `ids` and left files or System V objects behind (D126). Call it when nothing
 * runs as any of them, and before one of them is given to anybody else.
 *
 * - Of folders that everybody may write to it takes the entries that belong to an ID, with all that is in them. What it left in
 *   folders of others stays.
 * - A System V object is its maker's, whoever has been made its owner since.
 *
 * It may take as long as a disk needs for a million files, in processes of their own. @throws when something has stayed.
 */
export async function removeLeftovers(ids: readonly number[]): Promise<void> {
  const stranger = ids.find((id) => !(Number.isInteger(id) && id >= FIRST_ID && id < END_ID))
  if (stranger !== undefined) throw new Error(`user ID ${stranger} is not one that instances get`)
  if (ids.length === 0) return
  await Promise.all([removeFiles(ids), removeSystemV(new Set(ids))])
}

/** Folders that everybody may write to, on Debian and its like. */
const FOLDERS = ['/dev/shm', '/dev/mqueue', '/tmp', '/var/tmp', '/run/lock']
/** An instance that makes many objects must not make a command line that is too long. */
const BATCH = 1000

/**
 * `rm` follows no link, whoever changes the tree meanwhile, goes as deep as a tree can be, and stays on the file system
 * of the folder (`--preserve-root=all` for the entry itself). `find` hands over as many names as a command line takes,
 * whatever is in them.
 */
async function removeFiles(ids: readonly number[]): Promise<void> {
  const folders = FOLDERS.filter((folder) => existsSync(folder))
  const isOurs = ids.flatMap((id, i) => [...(i === 0 ? [] : ['-o']), '-user', String(id)])
  const entries = ['-mindepth', '1', '-maxdepth', '1', '(', ...isOurs, ')']
  const remove = ['/bin/rm', '-rf', '--one-file-system', '--preserve-root=all', '--']
  await run('/usr/bin/find', [...folders, ...entries, '-exec', ...remove, '{}', '+'])
}

const KINDS = { shm: '-m', sem: '-s', msg: '-q' }

async function removeSystemV(makers: ReadonlySet<number>): Promise<void> {
  const found: string[] = []
  for (const [kind, flag] of Object.entries(KINDS)) {
    const text = await readFile(`/proc/sysvipc/${kind}`, 'latin1').catch(() => '') // a kernel without them
    for (const { id, maker } of parseSystemV(text)) if (makers.has(maker)) found.push(flag, String(id))
  }
  for (let i = 0; i < found.length; i += 2 * BATCH) await run('/usr/bin/ipcrm', found.slice(i, i + 2 * BATCH))
}

/** With nothing of the host's environment, and behind whoever has a call to answer. */
function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('/usr/bin/nice', ['-n', '10', program, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: '/',
      env: {},
    })
    let text = ''
    child.stderr.on('data', (chunk: Buffer) => {
      if (text.length < MAX_ERROR) text += chunk.toString('latin1').slice(0, MAX_ERROR)
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`${program} ended with status ${code}: ${text.trim()}`))
    })
  })
}

const MAX_ERROR = 2000
