import { expect, it } from 'vitest'
import { listSharedMappings, parseSystemV, readKilobytes } from './parse.ts'

it('a line of kilobytes, by its whole name', () => {
  const text = 'MemTotal:       24683996 kB\nShmemHugePages:        7 kB\nShmem:              8196 kB\n'
  expect(readKilobytes(text, 'Shmem')).toBe(8196 * 1024)
  expect(readKilobytes(text, 'Pss_Shmem')).toBe(0)
})

it.each([
  [
    'segments',
    `       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap
         0          5   600             419430400 11455 11455      0     0 2001001 2000007 2001001 1795993520 1795993583 1795993520             419430400                     0
`,
    [{ id: 5, maker: 2_000_007, bytes: 419_430_400 }],
  ],
  [
    'semaphores',
    `       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime
 -15613549          3   600          1 2000001 2000001 2000001 2000001          0 1795993520
`,
    [{ id: 3, maker: 2_000_001, bytes: 0 }],
  ],
  [
    'queues',
    `       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime
`,
    [],
  ],
  ['a kernel without them', '', []],
])('System V: %s', (_kind, text, objects) => {
  expect(parseSystemV(text)).toEqual(objects)
})

it('mappings of memory without a file system, as map_files names them', () => {
  const maps = `00400000-00401000 r--p 00000000 fe:00 1311 /usr/bin/true
00700000-00800000 rw-s 00000000 00:01 2051 /memfd:a name (deleted)
7f0000000000-7f0000100000 rw-s 00000000 00:01 1030 /dev/zero (deleted)
7f0000100000-7f0000200000 rw-p 00000000 00:01 1030 /dev/zero (deleted)
7f0000200000-7f0000300000 rw-s 00000000 00:01 0 /SYSV00000000 (deleted)
7f0000300000-7f0000400000 rw-s 00000000 00:19 12 /dev/shm/file
7f0000400000-7f0000500000 rw-s 00000000 fe:00 12 /tmp/memfd: (deleted)
7ffc5a5b6000-7ffc5a5d7000 rw-p 00000000 00:00 0 [stack]
`
  expect(listSharedMappings(maps)).toEqual(['700000-800000', '7f0000000000-7f0000100000'])
})
