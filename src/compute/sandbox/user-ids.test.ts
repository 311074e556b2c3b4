import { expect, it } from 'vitest'
import { UserIds } from './user-ids.ts'

it('hands out each ID once, and never none in its place: that would be the host’s own', async () => {
  const ids = await UserIds.open()
  try {
    const taken = new Set(Array.from({ length: 1000 }, () => ids.take()))
    expect(taken.size).toBe(1000)
    expect(() => ids.take()).toThrow('all 1000 user IDs')
    const [one] = taken
    ids.release(one!)
    expect(ids.take()).toBe(one)
  } finally {
    ids.close()
  }
})
