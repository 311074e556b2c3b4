import { expect, it } from 'vitest'
import { type Prioritized, Priority } from './priority.ts'

class Instance {
  readonly niceness: number[] = []
  refusals = 0
  openCalls: number
  recentMs = Number.POSITIVE_INFINITY
  turnMs = 60
  constructor(openCalls: number) {
    this.openCalls = openCalls
  }
  setNice(nice: number): boolean {
    if (this.refusals-- > 0) return false
    this.niceness.push(nice)
    return true
  }
}

/** The priority of functions that use all they can get. */
const create = (nice = 10): Priority => {
  const priority = new Priority({ nice, cores: 2 })
  const { update } = priority
  priority.update = (nowMs, instances) => {
    for (const instance of instances) use(priority, instance, 1)
    update.call(priority, nowMs, instances)
  }
  return priority
}

const use = (priority: Priority, instance: Prioritized, cores: number): void => {
  priority.note(instance, 0, 0)
  priority.note(instance, cores * 500, 500)
}

it('leaves a function alone that has fewer busy instances than the machine has cores', () => {
  const all = [new Instance(5), new Instance(0), new Instance(0)]
  create().update(0, all)
  expect(all.map(({ niceness }) => niceness)).toEqual([[], [], []])
})

it('lowers all instances of one that could take every core, once, and those that come later', () => {
  const priority = create()
  const all = [new Instance(1), new Instance(1), new Instance(0)]
  priority.update(0, all)
  priority.update(25, all)
  const late = new Instance(0)
  priority.apply(late)
  expect([...all, late].map(({ niceness }) => niceness)).toEqual([[10], [10], [10], [10]])
})

it('raises them a second after the last time it was over its share', () => {
  const priority = create()
  const all = [new Instance(1), new Instance(1)]
  priority.update(0, all)
  all[0]!.openCalls = 0
  priority.update(500, all)
  all[0]!.openCalls = 1
  priority.update(600, all)
  all[0]!.openCalls = 0
  priority.update(1599, all)
  expect(all[1]!.niceness).toEqual([10])
  priority.update(1600, all)
  expect(all[1]!.niceness).toEqual([10, 0])
})

it.each([
  { what: 'short calls', recentMs: 1, turnMs: 2, nice: [] },
  { what: 'a first call that may be short', recentMs: Number.POSITIVE_INFINITY, turnMs: 2, nice: [] },
  { what: 'long calls', recentMs: 20, turnMs: 2, nice: [10] },
  { what: 'a call that is long for once', recentMs: 1, turnMs: 60, nice: [10] },
])('$what: $nice', ({ recentMs, turnMs, nice }) => {
  const all = [1, 2].map((openCalls) => Object.assign(new Instance(openCalls), { recentMs, turnMs }))
  create().update(0, all)
  expect(all.map(({ niceness }) => niceness)).toEqual([nice, nice])
})

it.each([
  { cores: 0.2, nice: [] },
  { cores: 0.3, nice: [10] },
])('two instances that use $cores of a core each, of two: $nice', ({ cores, nice }) => {
  const priority = new Priority({ nice: 10, cores: 2 })
  const all = [new Instance(1), new Instance(1)]
  for (const instance of all) use(priority, instance, cores)
  priority.update(1000, all)
  expect(all.map(({ niceness }) => niceness)).toEqual([nice, nice])
})

it('tries again what the kernel has refused', () => {
  const priority = create()
  const all = [new Instance(1), new Instance(1)]
  all[0]!.refusals = 1
  priority.update(0, all)
  expect(all[0]!.niceness).toEqual([])
  priority.update(25, all)
  expect(all.map(({ niceness }) => niceness)).toEqual([[10], [10]])
})

it('does nothing with a niceness of 0', () => {
  const all = [new Instance(1), new Instance(1)]
  create(0).update(0, all)
  expect(all[0]!.niceness).toEqual([])
})
