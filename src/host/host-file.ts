import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What commands need to find a host that runs (D86). Nobody else relies on it: it may be left over. */
export interface HostFile {
  pid: number
  startedAt: string
  /** The site's public origin. */
  url: string
  adminUrl: string
}

/** At ready. */
export function writeHostFile(dataDir: string, facts: Pick<HostFile, 'url' | 'adminUrl'>): void {
  const file: HostFile = { pid: process.pid, startedAt: new Date().toISOString(), ...facts }
  const path = toPath(dataDir)
  writeFileSync(`${path}.partial`, `${JSON.stringify(file)}\n`, { mode: 0o600 })
  renameSync(`${path}.partial`, path)
}

/** At exit. */
export function removeHostFile(dataDir: string): void {
  rmSync(toPath(dataDir), { force: true })
}

/** @returns undefined when there is none that can be read. */
export function readHostFile(dataDir: string): HostFile | undefined {
  try {
    const file = JSON.parse(readFileSync(toPath(dataDir), 'utf8')) as Partial<HostFile>
    return typeof file.adminUrl === 'string' ? (file as HostFile) : undefined
  } catch {
    // Not there, or left half written by another program: no host.
    return undefined
  }
}

function toPath(dataDir: string): string {
  return join(dataDir, 'host.json')
}
