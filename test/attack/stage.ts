import { createWriteStream } from 'node:fs'
import { chmod, chown, cp, mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { ZipFile } from 'yazl'
import { INSPECTED } from '../helpers/host-vitals.ts'
import { type Roost, startRoost } from '../helpers/roost.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PROJECT = fileURLToPath(new URL('../fixtures/attack', import.meta.url))
/** `nobody`, on every distribution. */
const ORDINARY_USER = 65534

export interface StageOptions {
  sandbox: 'bubblewrap' | 'process'
  /** Root gives the host away to an ordinary user; any other user stays who it is. */
  isOrdinaryUser: boolean
}

/** A host with innocents and villains, in a folder of its own. */
export interface Stage extends AsyncDisposable {
  readonly roost: Roost
  readonly dataDir: string
  readonly adminPort: number
  /** Whether instances run as users of their own, or in namespaces of their own. */
  readonly isolation: 'user' | 'namespaces' | 'none'
  /** Instances have user IDs of their own, which bound the number of their processes: only root can give them. */
  readonly boundsProcesses: boolean
}

const ISOLATION: Record<string, Stage['isolation']> = { bubblewrap: 'namespaces', 'process-user': 'user' }

/** Bounds far below the defaults, so that attacks reach them within seconds. */
const SETTINGS = {
  ROOST_PORT: '0',
  ROOST_IDLE_EVICTION_MS: '1000',
  ROOST_KILL_GRACE_MS: '500',
  ROOST_SYNC_TIMEOUT_MS: '20000',
  ROOST_STREAM_TIMEOUT_MS: '20000',
  ROOST_MEMORY_MB: '192',
  ROOST_BLOB_SITE_BYTES: String(64 * 1024 * 1024),
  ROOST_BLOB_ORPHAN_MS: '500',
  ROOST_REQUEST_HEAD_TIMEOUT_MS: '3000',
  ROOST_REQUEST_BODY_TIMEOUT_MS: '5000',
  ROOST_CLIENT_STALL_MS: '3000',
}

export async function openStage({ sandbox, isOrdinaryUser }: StageOptions): Promise<Stage> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'roost-attack-')))
  try {
    // Where an artifact lies must be reachable for the users that instances run as.
    await chmod(dir, 0o755)
    await cp(PROJECT, dir, { recursive: true })
    await writeProgram(join(dir, 'netlify/functions/odd.zip'))
    const isGivenAway = isOrdinaryUser && process.getuid?.() === 0
    if (isGivenAway) await giveAway(dir)
    const node = [process.execPath, ...INSPECTED, '--disable-warning=ExperimentalWarning']
    const user = isGivenAway
      ? ['setpriv', `--reuid=${ORDINARY_USER}`, `--regid=${ORDINARY_USER}`, '--clear-groups']
      : []
    const [program = '', ...before] = [...user, ...node, join(ROOT, 'bin/roost.js')]
    const roost = await startRoost(
      ['serve', dir, '--sandbox', sandbox, '--admin-port', '0', '--log-level', 'error'],
      { command: [program, ...before], env: { ...SETTINGS, HOME: dir, TMPDIR: tmpdir() } },
    )
    const admin = await roost.stderr.waitFor(/Admin: /)
    // As the host says it. Who is not isolated could end the whole machine.
    const [, profile] = /Sandbox: ([\w-]+)/.exec(await roost.stderr.waitFor(/Sandbox: /))!
    return {
      roost,
      dataDir: join(dir, '.netlify/roost/data'),
      adminPort: Number(/:(\d+)\//.exec(admin)![1]),
      isolation: ISOLATION[profile!] ?? 'none',
      boundsProcesses: process.getuid?.() === 0 && !isGivenAway,
      async [Symbol.asyncDispose]() {
        await roost.stop()
        await rm(dir, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await rm(dir, { recursive: true, force: true })
    throw error
  }
}

async function writeProgram(path: string): Promise<void> {
  const zip = new ZipFile()
  zip.addFile(join(PROJECT, 'programs/odd.sh'), 'bootstrap', { mode: 0o100755 })
  zip.addBuffer(Buffer.from('{"runtime":"go"}'), 'netlify-toolchain', { mode: 0o100644 })
  zip.end()
  await pipeline(zip.outputStream, createWriteStream(path))
}

async function giveAway(dir: string): Promise<void> {
  await chown(dir, ORDINARY_USER, ORDINARY_USER)
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true }))
    await chown(join(entry.parentPath, entry.name), ORDINARY_USER, ORDINARY_USER)
}
