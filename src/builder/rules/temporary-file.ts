import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Gives `use` a file with that text, which is gone afterwards: Netlify's parsers read files only. */
export async function withTemporaryFile<T>(text: string, use: (file: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'roost-rules-'))
  try {
    const file = join(dir, 'rules')
    await writeFile(file, text, { mode: 0o600 })
    return await use(file)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
