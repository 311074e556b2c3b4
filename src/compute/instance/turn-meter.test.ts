import { expect, it } from 'vitest'
import { TurnMeter } from './turn-meter.ts'

function create(): { meter: TurnMeter; pass: (ms: number) => void } {
  let nowMs = 1000
  const meter = new TurnMeter(() => nowMs)
  return {
    meter,
    pass: (ms) => {
      nowMs += ms
    },
  }
}

it('knows nothing before the first turn has ended', () => {
  const { meter } = create()
  expect([meter.hasEnded, meter.recentMs]).toEqual([false, Number.POSITIVE_INFINITY])
})

it('takes the first turn as it was, then moves down fast and up slowly', () => {
  const { meter, pass } = create()
  const turn = (ms: number): number => {
    meter.start()
    pass(ms)
    meter.end()
    return meter.recentMs
  }
  expect(turn(10)).toBe(10)
  expect(turn(4)).toBe(7)
  expect(turn(27)).toBe(8)
})

it('counts a turn from the end of the one before it', () => {
  const { meter, pass } = create()
  meter.start()
  pass(5)
  meter.end()
  pass(3)
  expect(meter.turnMs).toBe(3)
  meter.end()
  expect(meter.recentMs).toBe(4)
})
