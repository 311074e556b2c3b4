import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../../test/helpers/temporary-folder.ts'
import { UserIds } from './user-ids.ts'

const isPossible = process.getuid?.() === 0 && existsSync('/usr/bin/flock')

it('hands out each ID once, and never none in its place: that would be the host’s own', async ({ skip }) => {
  skip(!isPossible, 'only root can take user IDs, with flock(1)')
  const dir = temporaryFolder('ids')
  const ended: number[] = []
  const ids = await UserIds.open({
    dirs: [join(dir, 'user-ids')],
    onEnded: async ([id]) => void ended.push(id!),
  })
  try {
    const taken = new Set(Array.from({ length: 1000 }, () => ids.take()))
    expect(taken.size).toBe(1000)
    expect(() => ids.take()).toThrow('all 1000 user IDs')
    const [one] = taken
    ids.release(one!)
    expect(() => ids.take()).toThrow('all 1000 user IDs') // not before the warden has said that it is ended
    await expect.poll(() => ended).toEqual([one])
    expect(ids.take()).toBe(one)
  } finally {
    await ids.close()
  }
})
