import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { temporaryFolder } from '../../../test/helpers/temporary-folder.ts'
import { openCgroupTree } from './cgroup-tree.ts'

// A machine's root group as a folder. Real kernels: test/e2e/cgroups.test.ts.

let root: string
beforeEach(() => {
  root = temporaryFolder('tree')
  mkdirSync(join(root, 'proc/self'), { recursive: true })
  mkdirSync(join(root, 'sys'))
  writeFileSync(join(root, 'proc/self/cgroup'), '0::/\n')
  writeFileSync(join(root, 'proc/self/mountinfo'), `30 20 0:27 / ${root}/sys rw - cgroup2 cgroup rw\n`)
  for (const name of ['cgroup.controllers', 'cgroup.subtree_control'])
    writeFileSync(join(root, 'sys', name), 'memory\n')
  writeFileSync(join(root, 'sys/cgroup.procs'), '4000\n')
})

it('of a group that cannot be read nobody claims that memory ran out: its end is told all the same', async () => {
  const tree = await openCgroupTree({ procDir: join(root, 'proc'), pid: 4000, isDelegated: () => false })
  if (typeof tree === 'string') throw new Error(tree)
  const bounds = tree.makeLeaf(128)
  const trunk = join(root, 'sys/roost-4000')
  const leaf = join(trunk, readdirSync(trunk).find((name) => name.startsWith('i-'))!)
  writeFileSync(join(leaf, 'memory.events'), 'low 0\noom 1\noom_kill 1\n')
  expect(bounds.ranOutOfMemory()).toBe(true)
  rmSync(leaf, { recursive: true })
  expect(bounds.ranOutOfMemory()).toBe(false)
})
