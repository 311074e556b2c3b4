import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { RoostError } from '../../base/errors/index.ts'
import { MIB } from '../../base/lib/index.ts'
import type { NodeRelease } from './releases.ts'

/** Bytes so far, and of how many; `total` is missing when the registry does not say. */
export type OnProgress = (bytes: number, total: number | undefined) => void

/** Nothing for so long means that nothing will come. */
const STALL_MS = 30_000
/** Three times what a Node takes today. */
const MAX_BYTES = 200 * MIB

/** Where a registry keeps the archive of a release. */
export function toArchiveUrl(registry: string, { npmPackage, version }: NodeRelease): string {
  return `${registry}/${npmPackage}/-/${toArchiveName({ npmPackage, version })}`
}

export function toArchiveName({ npmPackage, version }: Pick<NodeRelease, 'npmPackage' | 'version'>): string {
  return `${npmPackage}-${version}.tgz`
}

/**
 * Fetches a release's archive into `file`, which nobody has believed yet: `checkArchive` comes next.
 * @throws what `fetch` throws, or an Error that says what came instead. On abort: `signal.reason`.
 */
export async function downloadArchive(
  url: string,
  file: string,
  { onProgress, signal }: { onProgress?: OnProgress | undefined; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const stall = new AbortController()
  let timer = setTimeout(onStall, STALL_MS)
  function onStall(): void {
    stall.abort(new Error(`no data arrived for ${STALL_MS / 1000} seconds`))
  }
  const handle = await open(file, 'w')
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([stall.signal, ...(signal ? [signal] : [])]),
    })
    if (!response.ok || response.body === null) throw new Error(`the response was ${response.status}`)
    const total = Number(response.headers.get('content-length')) || undefined
    let bytes = 0
    for await (const chunk of response.body) {
      clearTimeout(timer)
      timer = setTimeout(onStall, STALL_MS)
      bytes += chunk.length
      if (bytes > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes arrived`)
      await handle.write(chunk)
      onProgress?.(bytes, total)
    }
  } finally {
    clearTimeout(timer)
    await handle.close()
  }
}

/**
 * @param isGiven somebody has put the file there, and it stays until they take it away.
 * @throws NODE_CORRUPT when the file is not the archive that the release pins.
 */
export async function checkArchive(file: string, release: NodeRelease, isGiven: boolean): Promise<void> {
  const hash = createHash('sha512')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  const found = `sha512-${hash.digest('base64')}`
  if (found === release.integrity) return
  throw new RoostError(
    'NODE_CORRUPT',
    `The archive of Node ${release.version} has an unknown checksum: found ${found}, expected ${release.integrity}.`,
    {
      hint: isGiven
        ? `Nothing of it was unpacked. Replace ${file} by the right file, or delete it and Roost downloads it.`
        : `Nothing of it was unpacked. Fetch ${release.npmPackage}@${release.version} from another registry, or try again.`,
      details: { file, found, expected: release.integrity },
    },
  )
}
