import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../test/helpers/temporary-folder.ts'
import { type CgroupWorld, findCgroupPlace } from './cgroup-place.ts'

// Machines as folders, laid out as proc(5) and cgroup-v2.rst say. Real kernels: test/e2e/cgroups.test.ts.

const HOST = 4000

let root: string
beforeEach(() => {
  root = temporaryFolder('place')
})

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
}

function world(isDelegated = false): CgroupWorld {
  return { procDir: join(root, 'proc'), pid: HOST, isDelegated: () => isDelegated }
}

const mount = (point: string, top = '/', type = 'cgroup2'): string =>
  `30 20 0:27 ${top} ${join(root, point)} rw,nosuid shared:9 - ${type} cgroup rw\n`

/** A group as the kernel shows it to a process that is in it. */
function group(dir: string, files: Record<string, string> = {}): Record<string, string> {
  const all = {
    'cgroup.type': 'domain\n',
    'cgroup.controllers': 'cpuset cpu io memory pids\n',
    'cgroup.subtree_control': '',
    'cgroup.procs': `${HOST}\n`,
    ...files,
  }
  return Object.fromEntries(Object.entries(all).map(([name, text]) => [join(dir, name), text]))
}

const stat = (pid: number, parent: number): Record<string, string> => ({
  [`proc/${pid}/stat`]: `${pid} (a (b) c) S ${parent} 1 1 0 -1`,
})

describe('a group of our own', () => {
  it('is taken with the controllers it has, and what we have started goes with us', () => {
    write({
      'proc/self/cgroup': '0::/roost.service\n',
      'proc/self/mountinfo': mount('sys'),
      ...group('sys/roost.service', { 'cgroup.procs': `${HOST}\n4001\n4002\n` }),
      ...stat(4001, HOST),
      ...stat(4002, 4001),
    })
    expect(findCgroupPlace(world(true))).toEqual({
      dir: join(root, 'sys/roost.service'),
      controllers: ['memory', 'pids', 'cpu'],
      isMachineRoot: false,
      processes: [HOST, 4001, 4002],
    })
  })

  it('is the top of what a container sees', () => {
    write({
      'proc/self/cgroup': '0::/\n',
      'proc/self/mountinfo': mount('sys'),
      ...group('sys', { 'cgroup.controllers': 'pids\n' }),
    })
    expect(findCgroupPlace(world())).toMatchObject({ dir: join(root, 'sys'), controllers: ['pids'] })
  })

  it('is found where the mount shows only a part of the hierarchy', () => {
    write({
      'proc/self/cgroup': '0::/pod/one\n',
      'proc/self/mountinfo': mount('elsewhere', '/other') + mount('sys', '/pod'),
      ...group('sys/one'),
    })
    expect(findCgroupPlace(world())).toMatchObject({ dir: join(root, 'sys/one') })
  })
})

describe("the machine's root", () => {
  const machine = (enabled: string): Record<string, string> => {
    const files = group('sys', { 'cgroup.subtree_control': enabled, 'cgroup.procs': `1\n2\n${HOST}\n` })
    delete files['sys/cgroup.type']
    return { 'proc/self/cgroup': '0::/\n', 'proc/self/mountinfo': mount('sys'), ...files }
  }

  it('gives what it enables already; others may be in it', () => {
    write(machine('cpu pids\n'))
    expect(findCgroupPlace(world())).toMatchObject({
      controllers: ['pids', 'cpu'],
      isMachineRoot: true,
      processes: [HOST],
    })
  })

  it('is not reconfigured', () => {
    write(machine(''))
    expect(findCgroupPlace(world())).toMatch('enables no controllers')
  })
})

describe('not offered', () => {
  it('on a machine without cgroup v2', () => {
    write({
      'proc/self/cgroup': '4:memory:/\n1:name=systemd:/\n',
      'proc/self/mountinfo': mount('sys', '/', 'cgroup'),
    })
    expect(findCgroupPlace(world())).toMatch('no cgroup v2 hierarchy')
    expect(findCgroupPlace({ ...world(), procDir: join(root, 'nothing') })).toMatch('no cgroup v2 hierarchy')
  })

  it('on a hybrid machine, where version 1 holds the controllers', () => {
    write({
      'proc/self/cgroup': '8:pids:/\n4:memory:/\n0::/\n',
      'proc/self/mountinfo': mount('sys/pids', '/', 'cgroup') + mount('sys/unified'),
      ...group('sys/unified', { 'cgroup.controllers': 'hugetlb\n' }),
    })
    expect(findCgroupPlace(world())).toMatch('no controllers for it')
  })

  it('outside of what a container sees', () => {
    write({ 'proc/self/cgroup': '0::/../other\n', 'proc/self/mountinfo': mount('sys'), ...group('other') })
    expect(findCgroupPlace(world())).toMatch('no cgroup v2 hierarchy')
  })

  it('where the group holds others, and says whom', () => {
    write({
      'proc/self/cgroup': '0::/session\n',
      'proc/self/mountinfo': mount('sys'),
      ...group('sys/session', { 'cgroup.procs': `3999\n${HOST}\n` }),
      ...stat(3999, 1),
      ...stat(HOST, 3999),
    })
    expect(findCgroupPlace(world())).toMatch('process 3999')
    write({ 'sys/session/cgroup.procs': `0\n${HOST}\n` })
    expect(findCgroupPlace(world())).toMatch('of another container')
  })

  it.each(['roost.service', 'session-3.scope'])('in a unit that systemd has kept: %s', (unit) => {
    write({
      'proc/self/cgroup': `0::/system.slice/${unit}\n`,
      'proc/self/mountinfo': mount('sys'),
      ...group(`sys/system.slice/${unit}`),
    })
    expect(findCgroupPlace(world(false))).toMatch(`not delegated ${unit}`)
    expect(findCgroupPlace(world(true))).toMatchObject({ isMachineRoot: false })
  })

  it('where we may not write', () => {
    const files = group('sys')
    delete files['sys/cgroup.subtree_control']
    write({ 'proc/self/cgroup': '0::/\n', 'proc/self/mountinfo': mount('sys'), ...files })
    expect(findCgroupPlace(world())).toMatch('not writable')
  })
})
