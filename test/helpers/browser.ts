import { chmodSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import packedChromium, { inflate } from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

/**
 * A real headless browser: Debian's, where it is installed, otherwise the one of the package @sparticuz/chromium, which
 * brings the libraries that a bare machine lacks.
 * @throws Error that says how to get one.
 */
export async function launchBrowser(): Promise<Browser> {
  const installed = findInstalled()
  try {
    if (installed !== undefined)
      return await chromium.launch({ executablePath: installed, args: ['--no-sandbox', '--disable-gpu'] })
    return await launchPacked()
  } catch (cause) {
    throw new Error(
      'No browser could be started. Install one: apt-get install chromium (tests fail without, on purpose).',
      { cause },
    )
  }
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

function findInstalled(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path))
}

async function launchPacked(): Promise<Browser> {
  const executablePath = await packedChromium.executablePath()
  chmodSync(executablePath, 0o755)
  const bin = join(import.meta.dirname, '../../node_modules/@sparticuz/chromium/bin')
  await inflate(join(bin, 'al2023.tar.br'))
  const libraries = join(tmpdir(), 'al2023', 'lib')
  return chromium.launch({
    executablePath,
    args: packedChromium.args,
    env: { ...(process.env as Record<string, string>), LD_LIBRARY_PATH: libraries },
  })
}
