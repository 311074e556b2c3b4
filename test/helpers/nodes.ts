import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createNodeStore, findRegistry } from '../../src/compute/nodes/index.ts'

/** Kept between runs, as npm keeps its packages. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/roost/node', import.meta.url))

/** The binary of another Node, from npm the first time. */
export async function installNode(major: number): Promise<string> {
  return createNodeStore({ dir: CACHE, findRegistry: () => findRegistry(process.env) }).install(major)
}

/** A data folder that has these Nodes already. */
export async function prepareDataDir(dir: string, majors: readonly number[]): Promise<void> {
  for (const major of majors) await installNode(major)
  await mkdir(dir, { recursive: true })
  await symlink(CACHE, join(dir, 'node'))
}

/**
 * The Node that runs functions in a test: ours, or the one that the run of the suite is for (vitest.config.ts, the
 * projects `node-18` and so on).
 */
export async function findTestNode(): Promise<string> {
  const major = process.env.ROOST_TEST_NODE_MAJOR
  return major === undefined ? process.execPath : installNode(Number(major))
}
